"""Code that loads an exported file in pandas, PyTorch and Hugging Face; what is shown is what is tested."""

from __future__ import annotations

from dataclasses import dataclass

from datadiet.export.formats import ID_KINDS

_HUB_DATASET = 'dataset = load_dataset("owner/name", split="train")  # what was audited, in its own order'
LEFT_OUT = ("dropped", "suspects")  # lists of what a training is to go without


@dataclass(frozen=True)
class Snippet:
    """A few lines of Python under a title."""

    title: str  # pandas, PyTorch or Hugging Face
    code: str


@dataclass(frozen=True)
class LoadedFile:
    """What a snippet needs to know of an exported file."""

    kind: str  # kept, dropped, suspects, order, labels, manifest, scores or reviews
    format: str  # csv, parquet, json, txt or npy
    name: str  # of the file, in the current folder
    is_folder: bool = False  # the source is a folder of images: examples are matched by path
    part: str = ""  # folder below the source that the training images lie in, such as train/
    score: str = "el2n"  # a column of the scores
    num_stages: int = 1  # of an order


def snippets(file: LoadedFile) -> list[Snippet]:
    """Return how to load ``file``, pandas first; nothing for the report."""
    if file.kind == "order":
        return [
            _pandas(file),
            Snippet("PyTorch", _torch_order(file)),
            Snippet("Hugging Face", _hub_order(file)),
        ]
    if file.kind in ID_KINDS:
        return [
            _pandas(file),
            Snippet("PyTorch", _torch_list(file)),
            Snippet("Hugging Face", _hub_list(file)),
        ]
    if file.kind == "labels":
        return [
            _pandas(file),
            Snippet("PyTorch", _torch_labels(file)),
            Snippet("Hugging Face", _hub_labels(file)),
        ]
    if file.kind == "manifest":
        return [
            _pandas(file),
            Snippet("PyTorch", _torch_manifest(file)),
            Snippet("Hugging Face", _hub_manifest(file)),
        ]
    if file.kind == "scores":
        return [
            _pandas(file),
            Snippet("PyTorch", _torch_scores(file)),
            Snippet("Hugging Face", _hub_scores(file)),
        ]
    return [_pandas(file)] if file.kind == "reviews" else []


def _pandas(file: LoadedFile) -> Snippet:
    remark = "  # every cell as the text that was written" if file.format == "csv" else ""
    code = "\n".join([*_imports(file, []), "", f"table = {_table(file)}{remark}"])
    return Snippet("pandas", code)


def _imports(file: LoadedFile, others: list[str]) -> list[str]:
    needed = {"json": ["json", "from pathlib import Path"], "npy": ["numpy as np"]}.get(file.format, [])
    reader = [] if file.format == "npy" and others else ["pandas as pd"]
    names = [*needed, *reader, *others]
    lines = {name if name.startswith("from ") else f"import {name}" for name in names}
    return sorted(lines, key=lambda line: (line.startswith("from "), line))


def _table(file: LoadedFile) -> str:
    name = repr(file.name)
    return {
        "csv": f"pd.read_csv({name}, dtype=str, keep_default_na=False)",
        "parquet": f"pd.read_parquet({name})",
        "json": f'pd.DataFrame(json.loads(Path({name}).read_text(encoding="utf-8"))["rows"])',
        "txt": f'pd.read_csv({name}, header=None, names=["example_id"])',
        "npy": f'pd.DataFrame({{"example_id": np.load({name})}})',
    }[file.format]


def _ids(file: LoadedFile) -> str:
    if file.format == "npy":
        return f"np.load({file.name!r}).tolist()"
    return f'{_table(file)}["example_id"].astype(int).tolist()'


def _keys(file: LoadedFile) -> str:
    return f'set({_table(file)}["source_key"])'


def _by_path(file: LoadedFile) -> bool:
    return file.is_folder and file.format not in {"txt", "npy"}


def _torch_list(file: LoadedFile) -> str:
    sign = "not in" if file.kind in LEFT_OUT else "in"
    if _by_path(file):
        lines = _imports(
            file,
            ["os", "from torch.utils.data import Subset", "from torchvision.datasets import ImageFolder"],
        )
        return "\n".join([
            *lines,
            "",
            *_folder(file),
            f"listed = {_keys(file)}",
            "kept = [i for i, (path, _) in enumerate(dataset.samples)",
            f'        if os.path.relpath(path, root).replace(os.sep, "/") {sign} listed]',
            "kept_set = Subset(dataset, kept)",
        ])
    return "\n".join([
        *_imports(file, ["from torch.utils.data import Subset"]),
        "",
        "# dataset: the training part that was audited, in its own order",
        f"listed = {_ids(file)}",
        *_kept_ids(file),
        "kept_set = Subset(dataset, kept)",
    ])


def _folder(file: LoadedFile) -> list[str]:
    place = f'os.path.join(root, "{file.part.strip("/")}")' if file.part else "root"
    return ['root = "path/to/images"  # the folder that was audited', f"dataset = ImageFolder({place})"]


def _kept_ids(file: LoadedFile) -> list[str]:
    if file.kind in LEFT_OUT:
        return ["left_out = set(listed)", "kept = [i for i in range(len(dataset)) if i not in left_out]"]
    return ["kept = listed"]


def _hub_list(file: LoadedFile) -> str:
    if _by_path(file):
        sign = "not in" if file.kind in LEFT_OUT else "in"
        return "\n".join([
            *_imports(file, ["os", "from datasets import Image, load_dataset"]),
            "",
            *_hub_folder(),
            f"listed = {_keys(file)}",
            "kept = [i for i, path in enumerate(paths)",
            f'        if os.path.relpath(path, root).replace(os.sep, "/") {sign} listed]',
            "kept_set = dataset.select(kept)",
        ])
    return "\n".join([
        *_imports(file, ["from datasets import load_dataset"]),
        "",
        _HUB_DATASET,
        f"listed = {_ids(file)}",
        *_kept_ids(file),
        "kept_set = dataset.select(kept)",
    ])


def _torch_order(file: LoadedFile) -> str:
    others = ["from torch.utils.data import Subset"]
    if _by_path(file):
        others += ["os", "from torchvision.datasets import ImageFolder"]
        start = [
            *_folder(file),
            'place = {os.path.relpath(path, root).replace(os.sep, "/"): i',
            "         for i, (path, _) in enumerate(dataset.samples)}",
            f'order = [place[key] for key in {_table(file)}["source_key"]]',
        ]
    else:
        start = [
            "# dataset: the training part that was audited, in its own order",
            f"order = {_ids(file)}",
        ]
    return "\n".join([
        *_imports(file, others),
        "",
        *start,
        "ordered_set = Subset(dataset, order)  # a DataLoader that does not shuffle keeps the order",
        *_stages(file, "Subset(dataset, {})"),
    ])


def _hub_order(file: LoadedFile) -> str:
    others = ["from datasets import load_dataset"]
    start = [_HUB_DATASET, f"order = {_ids(file)}"]
    if _by_path(file):
        others = ["os", "from datasets import Image, load_dataset"]
        start = [
            *_hub_folder(),
            'place = {os.path.relpath(path, root).replace(os.sep, "/"): i for i, path in enumerate(paths)}',
            f'order = [place[key] for key in {_table(file)}["source_key"]]',
        ]
    return "\n".join([
        *_imports(file, others),
        "",
        *start,
        "ordered_set = dataset.select(order)",
        *_stages(file, "dataset.select({})"),
    ])


def _stages(file: LoadedFile, chosen: str) -> list[str]:
    if file.num_stages == 1:
        return []
    return [
        f"sizes = [len(order) // {file.num_stages} + (stage < len(order) % {file.num_stages})"
        f" for stage in range({file.num_stages})]",
        f"pools = [{chosen.format('order[: sum(sizes[: stage + 1])]')} for stage in range({file.num_stages})]"
        "  # shuffled, one after the other",
    ]


def _hub_folder() -> list[str]:
    return [
        'root = os.path.abspath("path/to/images")  # the folder that was audited',
        'dataset = load_dataset("imagefolder", data_dir=root, split="train")',
        'paths = [row["path"] for row in dataset.cast_column("image", Image(decode=False))["image"]]',
    ]


def _labels(file: LoadedFile) -> list[str]:
    key = "source_key" if file.is_folder else "example_id"
    left = (
        'table = table[table["corrected_label"] != ""]' if file.format == "csv"
        else 'table = table.dropna(subset=["corrected_label"])'
    )  # fmt: skip
    keys = f'table["{key}"]' if file.is_folder else f'table["{key}"].astype(int)'
    return [
        f"table = {_table(file)}",
        f"{left}  # without what people dropped",
        f'label_of = dict(zip({keys}, table["corrected_label"].astype(int)))',
    ]


def _torch_labels(file: LoadedFile) -> str:
    others = ["from torch.utils.data import Dataset"]
    if file.is_folder:
        others += ["os", "from torchvision.datasets import ImageFolder"]
        start = [
            *_folder(file),
            'keys = [os.path.relpath(path, root).replace(os.sep, "/") for path, _ in dataset.samples]',
        ]
    else:
        start = [
            "# dataset: the training part that was audited, in its own order",
            "keys = range(len(dataset))",
        ]
    return "\n".join([
        *_imports(file, others),
        "",
        *start,
        *_labels(file),
        "",
        "class Corrected(Dataset):",
        "    rows = [i for i, key in enumerate(keys) if key in label_of]",
        "",
        "    def __len__(self):",
        "        return len(self.rows)",
        "",
        "    def __getitem__(self, place):",
        "        row = self.rows[place]",
        "        return dataset[row][0], label_of[keys[row]]",
    ])


def _hub_labels(file: LoadedFile) -> str:
    if file.is_folder:
        others, start = (
            ["os", "from datasets import Image, load_dataset"],
            [
                *_hub_folder(),
                'keys = [os.path.relpath(path, root).replace(os.sep, "/") for path in paths]',
            ],
        )
    else:
        others, start = (
            ["from datasets import load_dataset"],
            [
                _HUB_DATASET,
                "keys = range(len(dataset))",
            ],
        )
    return "\n".join([
        *_imports(file, others),
        "",
        *start,
        *_labels(file),
        "kept = [i for i, key in enumerate(keys) if key in label_of]",
        "labels = [label_of[keys[i]] for i in kept]",
        'corrected = dataset.select(kept).remove_columns("label").add_column("label", labels)',
    ])


def _torch_manifest(file: LoadedFile) -> str:
    return "\n".join([
        *_imports(file, ["os", "from PIL import Image", "from torch.utils.data import Dataset"]),
        "",
        'root = "path/to/images"  # what the paths are below',
        f"table = {_table(file)}",
        'classes = sorted(set(table["label"]))',
        "",
        "class Kept(Dataset):",
        "    def __len__(self):",
        "        return len(table)",
        "",
        "    def __getitem__(self, row):",
        '        image = Image.open(os.path.join(root, table["path"].iloc[row])).convert("RGB")',
        '        return image, classes.index(table["label"].iloc[row])',
    ])


def _hub_manifest(file: LoadedFile) -> str:
    return "\n".join([
        *_imports(file, ["os", "from datasets import Dataset, Image"]),
        "",
        'root = "path/to/images"  # what the paths are below',
        f"table = {_table(file)}",
        'table["image"] = [os.path.join(root, path) for path in table["path"]]',
        'kept_set = Dataset.from_pandas(table[["image", "label"]]).cast_column("image", Image())',
        'kept_set = kept_set.class_encode_column("label")',
    ])


def _score_lines(file: LoadedFile) -> list[str]:
    values = f'pd.to_numeric(train["{file.score}"])' if file.format == "csv" else f'train["{file.score}"]'
    return [
        f"table = {_table(file)}",
        'train = table[table["split"] == "train"]',
        f"values = {values}.to_numpy()  # in the order of example_id",
    ]


def _torch_scores(file: LoadedFile) -> str:
    return "\n".join([
        *_imports(file, ["torch"]),
        "",
        *_score_lines(file),
        "scores = torch.tensor(values, dtype=torch.float32)",
        'ids = torch.tensor(train["example_id"].astype(int).to_numpy())',
        "hardest = ids[scores.nan_to_num(-torch.inf).argsort(descending=True)]",
    ])


def _hub_scores(file: LoadedFile) -> str:
    return "\n".join([
        *_imports(file, ["from datasets import load_dataset"]),
        "",
        _HUB_DATASET,
        *_score_lines(file),
        'ids = train["example_id"].astype(int).tolist()',
        f'scored = dataset.select(ids).add_column("{file.score}", values.tolist())',
    ])
