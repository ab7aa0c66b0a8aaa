"""Are images of another data set found among CIFAR-10? Fashion-MNIST planted with random labels.

python benchmarks/outliers.py [--num 5000] [--strangers 50]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from mislabels import NUM_SEEDS, train_seed
from PIL import Image
from planted import Images, load

from datadiet.triage.mislabels import find_mislabels
from datadiet.triage.nearest import nearest, unit_vectors
from datadiet.triage.outliers import distance_in_class
from datadiet.triage.truth import detection

RESULT = Path(__file__).parent / "results" / "outliers.json"
NEIGHBOURS = (5, 10, 20, 50)


def strangers(num: int) -> np.ndarray:
    grey = load("fashion-mnist").pixels[:num, :, :, 0]
    return np.stack([np.asarray(Image.fromarray(one).resize((32, 32)).convert("RGB")) for one in grey])


def measured(num: int, num_strangers: int) -> dict[str, object]:
    home = load("cifar10")
    pixels = np.concatenate([home.pixels[:num], strangers(num_strangers)])
    labels = np.concatenate([home.truth[:num], np.arange(num_strangers) % 10])
    is_stranger = np.arange(len(labels)) >= num
    order = np.random.default_rng(0).permutation(len(labels))
    pixels, labels, is_stranger = pixels[order], labels[order], is_stranger[order]
    images = Images(pixels, labels, round(0.9 * len(labels)), None, None)
    rows = np.arange(images.num_train)
    evidence = [train_seed(images, labels, rows, seed).evidence for seed in range(NUM_SEEDS)]
    vectors = unit_vectors([one.features for one in evidence])
    neighbours = nearest(vectors, max(NEIGHBOURS))
    found = neighbours.distances.astype(np.float64)
    split = np.where(np.arange(len(labels)) < images.num_train, "train", "validation")
    verdict = find_mislabels(np.arange(len(labels)), labels, split, evidence)
    ways = {f"overall, {k} neighbours": found[:, :k].mean(axis=1) for k in NEIGHBOURS}
    ways["in class, 20 neighbours"] = distance_in_class(vectors, labels, neighbours)
    ways["mislabel_score"] = verdict.table["mislabel_score"].to_numpy()
    scores = {name: detection(values, is_stranger) for name, values in ways.items()}
    return {
        "num": num,
        "num_strangers": num_strangers,
        "auroc": {name: one.auroc for name, one in scores.items()},
        "average_precision": {name: one.average_precision for name, one in scores.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--num", type=int, default=5000)
    parser.add_argument("--strangers", type=int, default=50)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    found = measured(arguments.num, arguments.strangers)
    RESULT.write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
