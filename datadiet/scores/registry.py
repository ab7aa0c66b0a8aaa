"""Every score by name; a new one is a file that declares a Method, and a line here. Torch-free."""

from __future__ import annotations

import re

from datadiet.errors import ConfigError
from datadiet.scores import cartography, controls, el2n, forgetting, grand, grand_last_layer, margin
from datadiet.scores.method import Method

METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        el2n.METHOD,
        grand.METHOD,
        grand_last_layer.METHOD,
        forgetting.METHOD,
        forgetting.NEVER_LEARNED,
        margin.METHOD,
        cartography.CONFIDENCE,
        cartography.VARIABILITY,
        controls.RANDOM,
        controls.INPUT_NORM,
    )
}

_STEP_SUFFIX = re.compile(r"_step_\d+$")


def find_method(name: str) -> Method:
    """Return the method that ``name`` means; ``el2n_step_000390`` is el2n at a step.

    Raises:
        ConfigError: No method has this name.
    """
    method = METHODS.get(_STEP_SUFFIX.sub("", name))
    if method is None:
        raise ConfigError.unknown_choice("method", name, METHODS)
    return method
