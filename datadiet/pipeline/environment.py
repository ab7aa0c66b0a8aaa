"""On which machine and with which versions a run was made."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from datadiet.cores import num_cores
from datadiet.training.device import device_title, native_precision

PACKAGES = ("datadiet", "torch", "torchvision", "numpy", "pandas", "pyarrow", "Pillow", "scikit-learn")


def environment(device: str) -> dict[str, Any]:
    """Return what environment.json holds; nothing in it names a person, a path or a host.

    Args:
        device: Where the run trains, such as ``cpu`` or ``cuda:0``.
    """
    place = torch.device(device)
    return {
        "python": platform.python_version(),
        "platform": platform.platform(terse=True),
        "processor": processor_name(),
        "num_cores": num_cores(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "device": device_title(place),
        "native_precision": native_precision(place),
        "versions": {name: version(name) for name in PACKAGES},
    }


def processor_name() -> str:
    """Return the processor's own name, or its architecture where the system does not tell."""
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
