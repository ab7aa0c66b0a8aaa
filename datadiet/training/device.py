"""Which processor trains, and what it declares it can do."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Literal

import torch

from datadiet.errors import ConfigError

Precision = Literal["float32", "bfloat16"]
DEVICES = ("auto", "cpu", "cuda", "mps")


def pick_device(name: str) -> torch.device:
    """Return the device that ``name`` asks for; ``auto`` takes CUDA, then MPS, then the CPU.

    Args:
        name: ``auto``, ``cpu``, ``cuda``, ``mps``, or one of several such as ``cuda:1``.

    Raises:
        ConfigError: The name is unknown, or this machine has no such device.
    """
    kind = name.partition(":")[0] if isinstance(name, str) else None
    if kind not in DEVICES:
        raise ConfigError.unknown_choice("device", name, DEVICES)
    present = available_devices()
    if kind == "auto":
        return torch.device(present[0])
    if kind not in present:
        raise ConfigError(f"device is {name}, which this machine does not have; it has {', '.join(present)}.")
    try:
        return torch.device(name)
    except RuntimeError:
        raise ConfigError.unknown_choice("device", name, DEVICES) from None


def available_devices() -> list[str]:
    """Return the kinds of device that this machine has, the fastest first; the last is ``cpu``."""
    kinds = ["cuda"] if torch.cuda.is_available() else []
    kinds += ["mps"] if torch.backends.mps.is_available() else []
    return [*kinds, "cpu"]


def device_title(device: torch.device) -> str:
    """Return what a person calls the device, such as ``cuda (NVIDIA H100)`` or ``cpu``."""
    if device.type != "cuda":
        return device.type
    return f"{device} ({torch.cuda.get_device_name(device)})"


def native_precision(device: torch.device) -> Precision:
    """Return ``bfloat16`` where the processor declares instructions for it, else ``float32``.

    What the processor declares and never a timing, so that a machine always answers the same.
    """
    if device.type == "cuda":
        is_native = torch.cuda.is_bf16_supported(including_emulation=False)
    elif device.type == "cpu":
        is_native = _cpu_declares_bfloat16()
    else:
        is_native = False
    return "bfloat16" if is_native else "float32"


def forward_in(precision: Precision, device: torch.device) -> torch.autocast:
    """Return a context in which forward passes on ``device`` go in ``precision``."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision == "bfloat16")


def wait_for(device: torch.device) -> None:
    """Wait until the device has done what it was given: a GPU works on while the program goes on."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


@contextmanager
def full_float32() -> Generator[None]:
    """Compute in float32 where tensors are float32: CUDA would take TF32, ten bits, for convolutions.

    Scores and kernels are computed so; training may take what torch takes. Afterwards each operation has the
    precision that was in force for it, said of itself.
    """
    of: Any = torch.backends  # its stubs do not know these
    operations = (of.cudnn.conv, of.cudnn.rnn, of.cuda.matmul)
    before = [each.fp32_precision for each in operations]
    try:
        for each in operations:
            each.fp32_precision = "ieee"
        yield
    finally:
        for each, precision in zip(operations, before, strict=True):
            each.fp32_precision = precision


def _cpu_declares_bfloat16() -> bool:
    # torch has no public question for this; an older or newer torch that lacks these says no.
    questions = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(bool(getattr(torch.cpu, question, bool)()) for question in questions)


@contextmanager
def fixed_threads(num_threads: int) -> Generator[None]:
    """Run the block with ``num_threads`` CPU threads in torch: the number decides the last bits of a sum."""
    before = torch.get_num_threads()
    torch.set_num_threads(num_threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
