from __future__ import annotations

import pytest
import torch

from datadiet.errors import ConfigError
from datadiet.training.device import (
    available_devices,
    device_title,
    fixed_threads,
    full_float32,
    native_precision,
    pick_device,
)


def test_auto_takes_the_fastest_there_is():
    assert pick_device("auto").type == available_devices()[0]


def test_the_cpu_is_always_there_and_says_its_name():
    assert device_title(pick_device("cpu")) == "cpu"


def test_a_device_this_machine_lacks_is_refused(monkeypatch):
    monkeypatch.setattr("datadiet.training.device.available_devices", lambda: ["cpu"])
    with pytest.raises(ConfigError, match="device is cuda, which this machine does not have; it has cpu"):
        pick_device("cuda")


@pytest.mark.parametrize("name", ["gpu", "", "cpu:x"])
def test_an_unknown_device_is_refused(name):
    with pytest.raises(ConfigError, match="it must be one of auto, cpu, cuda, mps"):
        pick_device(name)


@pytest.mark.parametrize(
    ("declared", "precision"), [({"avx512_bf16"}, "bfloat16"), ({"amx_tile"}, "bfloat16"), (set(), "float32")]
)
def test_precision_follows_what_the_processor_declares(monkeypatch, declared, precision):
    for name in ("avx512_bf16", "amx_tile"):
        monkeypatch.setattr(torch.cpu, f"_is_{name}_supported", lambda name=name: name in declared)
    assert native_precision(torch.device("cpu")) == precision


def test_threads_are_put_back():
    before = torch.get_num_threads()
    with fixed_threads(before + 1):
        assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before


def test_full_float32_takes_no_tf32_and_puts_it_back():
    def precisions():
        return [
            torch.backends.cudnn.conv.fp32_precision,
            torch.backends.cudnn.rnn.fp32_precision,
            torch.backends.cuda.matmul.fp32_precision,
        ]

    before = precisions()
    assert before[0] == "tf32"  # of convolutions; else this test shows nothing
    with full_float32():
        assert precisions() == ["ieee"] * 3
    assert precisions() == before
    assert torch.backends.cudnn.allow_tf32  # the older names can be read as before
    assert not torch.backends.cuda.matmul.allow_tf32
