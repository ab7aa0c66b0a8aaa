"""How fast the quick net's convolutions run, beside products of large matrices: what is left to gain.

    python benchmarks/arithmetic.py [--batch 250] [--rounds 9]

One thread, channels last; billions of multiplications and additions a second, the median over rounds. Prints
a line a convolution: forward, by the weights, by the input (not needed behind the stem). Nothing is written.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from statistics import median
from time import perf_counter

import torch
from torch import Tensor

CONVS = [  # channels in and out, pixels a side, of the quick net on 32 x 32
    (16, 32, 31),
    (32, 32, 15),
    (32, 64, 15),
    (64, 64, 7),
    (64, 64, 3),
]
MATRIX = 2048  # rows and columns of the product


def rate(work: Callable[[], object], operations: float, rounds: int) -> float:
    """Return billions of operations a second, the median over rounds."""
    work()
    seconds = []
    for _ in range(rounds):
        begun = perf_counter()
        work()
        seconds.append(perf_counter() - begun)
    return operations / median(seconds) / 1e9


def image(batch: int, channels: int, side: int, dtype: torch.dtype) -> Tensor:
    """Return random maps, channels last."""
    return torch.randn(batch, channels, side, side).to(dtype, memory_format=torch.channels_last)


def conv_rates(
    channels: tuple[int, int], side: int, batch: int, dtype: torch.dtype, rounds: int
) -> list[float]:
    """Return the rates of a 3 x 3 convolution: forward, by the weights, by the input."""
    before, after = channels
    x, g = image(batch, before, side, dtype), image(batch, after, side, dtype)
    weight = torch.randn(after, before, 3, 3).to(dtype, memory_format=torch.channels_last)
    operations = 2.0 * batch * before * after * 9 * side * side

    def backward(mask: tuple[bool, bool, bool]) -> object:
        ones = (1, 1)
        return torch.ops.aten.convolution_backward(
            g, x, weight, None, ones, ones, ones, False, (0, 0), 1, mask
        )

    works: list[Callable[[], object]] = [
        lambda: torch.conv2d(x, weight, padding=1),
        lambda: backward((False, True, False)),
        lambda: backward((True, False, False)),
    ]
    return [rate(work, operations, rounds) for work in works]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--batch", type=int, default=250, help="images, as the profile trains")
    parser.add_argument("--rounds", type=int, default=9)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    for dtype in (torch.float32, torch.bfloat16):
        matrix = torch.randn(MATRIX, MATRIX).to(dtype)
        product = rate(partial(torch.mm, matrix, matrix), 2.0 * MATRIX**3, asked.rounds)
        print(f"{str(dtype).removeprefix('torch.')}: product of {MATRIX} x {MATRIX} {product:.0f}")
        for before, after, side in CONVS:
            found = conv_rates((before, after), side, asked.batch, dtype, asked.rounds)
            shape = f"{before} to {after} channels, {side} px"
            print(f"  {shape}: forward {found[0]:.0f}, weights {found[1]:.0f}, input {found[2]:.0f}")


if __name__ == "__main__":
    main()
