"""A processor that this machine has not: torch's meta device, and a watch on every operation for one that
would fail on a GPU, where it takes tensors of two devices."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import pytest
import torch
import torch.fx.experimental._config as fx_config
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

OTHER = torch.device("meta")


class OneDevice(TorchDispatchMode):
    """Refuses operations of two devices, and counts what is sent to the other device and read from it.

    What is sent in a way that waits counts as read: on a GPU it waits for all that was asked for before.
    Tensors there hold no numbers: one that is read is 0, a boolean no; one that is brought back is all 0.
    """

    def __init__(self) -> None:
        super().__init__()
        self.bytes_sent: list[int] = []
        self.num_read = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if func is torch.ops.aten._local_scalar_dense.default and args[0].device == OTHER:
            self.num_read += 1
            return False if args[0].dtype == torch.bool else 0
        if func is torch.ops.aten._to_copy.default and "device" in kwargs:
            target = torch.device(kwargs["device"]).type
            if (args[0].device.type, target) == ("meta", "cpu"):
                self.num_read += 1
                return torch.zeros(args[0].shape, dtype=kwargs.get("dtype") or args[0].dtype)
            if (args[0].device.type, target) == ("cpu", "meta"):
                self.bytes_sent.append(args[0].nbytes)
                self.num_read += not kwargs.get("non_blocking", False)
            return func(*args, **kwargs)
        tensors = [each for each in tree_leaves((args, kwargs)) if isinstance(each, Tensor)]
        devices = {each.device.type for each in tensors if each.ndim or each.device.type != "cpu"}
        assert len(devices) <= 1, f"{func} takes tensors of {' and '.join(sorted(devices))}"
        return func(*args, **kwargs)


@contextmanager
def other_device(monkeypatch: pytest.MonkeyPatch) -> Generator[OneDevice]:
    """Watch the block, in which tensors may lie on ``OTHER``: autocast takes it for a CPU."""

    class Autocast(torch.autocast):
        def __init__(self, device_type: str, **others) -> None:
            super().__init__("cpu" if device_type == "meta" else device_type, **others)

    monkeypatch.setattr(torch, "autocast", Autocast)
    with fx_config.patch(meta_nonzero_assume_all_nonzero=True), OneDevice() as watch:
        yield watch
