"""Arguments of callers in Python: what a refusal shows of them."""

import pytest
import torch

from datadiet.arguments import check_kind
from datadiet.errors import ConfigError


@pytest.mark.parametrize("value", [torch.arange(10_000).reshape(100, 100), [["x" * 30]] * 90, "line\n" * 90])
def test_a_refused_value_is_shown_on_one_short_line(value):
    with pytest.raises(ConfigError, match=r"^picture is .{60,81}; it must be an array\.$") as refused:
        check_kind("picture", value, int, "an array")
    assert "\n" not in str(refused.value)


def test_a_short_value_is_shown_whole():
    with pytest.raises(ConfigError, match=r"^picture is '3f2a'; it must be an array\.$"):
        check_kind("picture", "3f2a", int, "an array")
