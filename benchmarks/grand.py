"""GraNd costs about one plain forward and backward pass of the same batch: ratios in turn, and memory.

    python benchmarks/grand.py run [--threads 2] [--repeats 7] [--networks quick resnet18]
    python benchmarks/grand.py table

Every contender scores the same 64 random CIFAR-size images with the same network in evaluation mode, one
after another, round after round; a ratio is the median over rounds of its time over that round's plain pass.
Opacus refuses batch normalisation, so it gets the network with group normalisation in its place, and is
compared with that network's own plain pass. Peak memory is the high-water mark of a process of its own that
makes three passes, less that of one that only built the network. Peers (benchmarks/requirements.txt) are left
out where they are not installed. Writes benchmarks/results/grand.json; ``table`` puts it into docs/speed.md.
"""

from __future__ import annotations

import argparse
import copy
import json
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import psutil
import torch
from marked import machine_line, table_of, write_between
from torch import Tensor, nn
from torch.nn import functional

from datadiet.pipeline.environment import environment
from datadiet.scores.autograd_ways import squares_by_vmap, squares_one_by_one
from datadiet.scores.el2n import el2n, error_vectors
from datadiet.scores.grand import grand
from datadiet.scores.per_example import GradientNorms
from datadiet.training.models import build_model

RESULT = Path(__file__).parent / "results" / "grand.json"
BATCH_SIZE, SIZE, NUM_CLASSES = 64, 32, 10
GROUP_NORM = "plain, group norm"
YARDSTICK = {"opacus, group norm": GROUP_NORM}  # what a contender is compared with; else "plain"
PEERS = {"backpack": "backpack-for-pytorch", "opacus": "opacus"}  # module: distribution


def plain(model: nn.Module, images: Tensor, labels: Tensor) -> None:
    """Run the yardstick: forward and backward of the mean loss, every .grad filled."""
    model.zero_grad(set_to_none=True)
    torch.autograd.backward(functional.cross_entropy(model(images), labels))


def forward_only(model: nn.Module, images: Tensor, labels: Tensor) -> None:
    with torch.no_grad():
        el2n(model(images), labels)


def by_autograd(
    way: Callable[..., dict[str, Tensor]], model: nn.Module, images: Tensor, labels: Tensor
) -> None:
    way(model, images, partial(error_vectors, labels=labels), model)


Run = Callable[[], object]
Builder = Callable[[nn.Module, Tensor, Tensor], Run]


def channels_last(build: Builder) -> Builder:
    """Return the contender on images that lie channels last."""
    return lambda model, images, labels: build(
        model, images.contiguous(memory_format=torch.channels_last), labels
    )


def a_pass(model: nn.Module, images: Tensor, labels: Tensor) -> Run:
    """Return GraNd of a pass's next batch: the model is inspected once, as in a pass over a data set."""
    norms = GradientNorms(model)
    norms(images, labels)
    return partial(norms, images, labels)


def by_backpack(model: nn.Module, images: Tensor, labels: Tensor) -> Run:
    peer: Any = import_module("backpack")
    second_moment = import_module("backpack.extensions").BatchL2Grad
    try:
        twin = peer.extend(copy.deepcopy(model).eval(), use_converter=True)  # for additions in place
    except AttributeError:  # its converter does not read functions such as relu
        twin = peer.extend(copy.deepcopy(model).eval())

    def run() -> None:
        twin.zero_grad(set_to_none=True)
        loss: Any = functional.cross_entropy(twin(images), labels, reduction="sum")
        with peer.backpack(second_moment()):
            loss.backward()

    return run


def with_group_norm(model: nn.Module) -> nn.Module:
    """Return a copy with group normalisation in place of batch normalisation, as Opacus makes it."""
    fixed: nn.Module = import_module("opacus.validators").ModuleValidator.fix(copy.deepcopy(model).train())
    return fixed


def by_opacus(model: nn.Module, images: Tensor, labels: Tensor) -> Run:
    sampled: Any = import_module("opacus").GradSampleModule(with_group_norm(model))

    def run() -> None:
        sampled.zero_grad(set_to_none=True)
        loss: Any = functional.cross_entropy(sampled(images), labels, reduction="sum")
        loss.backward()
        for parameter in sampled.parameters():
            if parameter.requires_grad:
                parameter.grad_sample.flatten(1).square().sum(dim=1)
                parameter.grad_sample = None

    return run


def builders() -> dict[str, Builder]:
    """Return who is timed, by name: each a function that prepares it and returns what is timed."""
    found: dict[str, Builder] = {
        "plain": partial(partial, plain),
        "plain, channels last": channels_last(partial(partial, plain)),
        "grand": a_pass,
        "grand, channels last": channels_last(a_pass),
        "grand, everything set up anew": partial(partial, grand),
        "el2n": partial(partial, forward_only),
        "torch.func": partial(partial, by_autograd, squares_by_vmap),
        "loop": partial(partial, by_autograd, squares_one_by_one),
    }
    if find_spec("backpack"):
        found["backpack"] = by_backpack
    if find_spec("opacus"):
        found[GROUP_NORM] = lambda model, images, labels: partial(
            plain, with_group_norm(model), images, labels
        )
        found["opacus, group norm"] = by_opacus
    return found


def prepared(name: str) -> tuple[nn.Module, Tensor, Tensor]:
    """Return the network in evaluation mode, the images and their labels."""
    model = build_model(name, num_classes=NUM_CLASSES, in_channels=3, image_size=SIZE, seed=0).eval()
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(BATCH_SIZE, 3, SIZE, SIZE, generator=generator)
    return model, images, torch.randint(0, NUM_CLASSES, (BATCH_SIZE,), generator=generator)


def seconds(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def measure(name: str, *, repeats: int) -> dict[str, Any]:
    """Return ratios and memory of one network."""
    model, images, labels = prepared(name)
    functions, refused = {}, {}
    for who, build in builders().items():
        try:
            run = build(model, images, labels)
            run()
            functions[who] = run
        except RuntimeError as error:  # Opacus: additions in place
            refused[who] = str(error).split(". ")[0]
    rounds = [{who: seconds(function) for who, function in functions.items()} for _ in range(repeats)]
    ratios = {who: [each[who] / each[YARDSTICK.get(who, "plain")] for each in rounds] for who in functions}
    idle = peak_mib(name, "nothing")
    return {
        "network": name,
        "way": GradientNorms(model).way(images),
        "refused": refused,
        "plain_ms": round(1000 * median(each["plain"] for each in rounds), 1),
        "ratio_to_plain": {who: round(median(values), 3) for who, values in ratios.items()},
        "quartiles": {who: np.quantile(each, [0.25, 0.75]).round(3).tolist() for who, each in ratios.items()},
        "peak_mib": {who: round(peak_mib(name, who) - idle) for who in functions},
    }


def peak_mib(name: str, who: str) -> float:
    """Return the high-water mark of a process that makes three passes as ``who``, in MiB."""
    command = [sys.executable, __file__, "memory", "--networks", name, "--who", who]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout.strip().splitlines()[-1])


def print_memory(name: str, who: str) -> None:
    """Make three passes as ``who`` and print this process's high-water mark."""
    model, images, labels = prepared(name)
    if who != "nothing":
        run = builders()[who](model, images, labels)
        for _ in range(3):
            run()
    status = Path("/proc/self/status").read_text()  # not ru_maxrss, which a child inherits from its parent
    print(int(status.partition("VmHWM:")[2].split()[0]) / 1024)


def run(options: argparse.Namespace) -> None:
    """Measure and write the result."""
    result = {
        "what": "median over rounds: seconds ÷ seconds of a plain forward and backward of the batch, NCHW",
        "machine": environment("cpu"),
        "peers": {peer: version(name) for peer, name in PEERS.items() if find_spec(peer)},
        "load_before": psutil.getloadavg()[0],
        "threads": options.threads,
        "batch_size": BATCH_SIZE,
        "image_size": SIZE,
        "repeats": options.repeats,
        "networks": [measure(name, repeats=options.repeats) for name in options.networks],
    }
    RESULT.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    for network in result["networks"]:
        print(f"{network['network']} ({network['way']}), plain {network['plain_ms']} ms")
        for who, ratio in network["ratio_to_plain"].items():
            print(f"  {who:30} {ratio:6.2f}  {network['quartiles'][who]}  {network['peak_mib'][who]} MiB")


def table() -> None:
    """Put the result into docs/speed.md."""
    known = json.loads(RESULT.read_text())
    networks = known["networks"]
    names = [network["network"] for network in networks]
    head = ["", *(f"{name}: ratio [quartiles]" for name in names), *(f"{name}: MiB" for name in names)]
    rows = []
    for who in networks[0]["ratio_to_plain"]:
        memory = [network["peak_mib"].get(who, "refuses it") for network in networks]
        rows.append([who, *(ratio_cell(network, who) for network in networks), *memory])
    peers = ", ".join(f"{name} {number}" for name, number in known["peers"].items()) or "none installed"
    what = (
        f"{known['batch_size']} images of {known['image_size']} px, {known['threads']} threads, "
        f"{known['repeats']} rounds, load {known['load_before']:.1f} before; peers: {peers}. "
        f"{machine_line(known['machine'])}"
    )
    write_between("speed.md", "grand", "grand.py", [what, "", *table_of(head, rows)])


def ratio_cell(network: dict[str, Any], who: str) -> str:
    """Return the ratio of a contender with its quartiles."""
    if who not in network["ratio_to_plain"]:
        return "refuses it"
    low, high = network["quartiles"][who]
    return f"{network['ratio_to_plain'][who]:.2f} [{low:.2f}, {high:.2f}]"


def main() -> None:
    """Read the options and do what they say."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["run", "table", "memory"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--networks", nargs="+", default=["quick", "resnet18"])
    parser.add_argument("--who", help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.what == "table":
        table()
    elif options.what == "memory":
        print_memory(options.networks[0], options.who)
    else:
        run(options)


if __name__ == "__main__":
    main()
