"""What a selection is asked for: a rule and its settings, refused on construction when wrong."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from datadiet.config import FrozenConfig, validated
from datadiet.errors import ConfigError
from datadiet.selection.quotas import Quota, parse_quota
from datadiet.selection.registry import Rule, find_rule

DEFAULT_SCORE = "el2n"
DEFAULT_HARD_CUTOFF = 0.1  # of covering; less where keep_fraction leaves less
BY_CLASS = "class"
_SLACK = Decimal("1e-9")  # 0.1 + 0.2 + 0.7 is one


class SelectionRequest(FrozenConfig):
    """One selection: the rule, and the settings that this rule reads; another setting is refused."""

    rule: str
    score: str | None = None  # method whose rank is read, such as el2n or el2n_step_000390
    keep_fraction: float = 1.0  # kept ÷ all training examples, in (0, 1]
    window_offset: float = 0.0  # share of training examples ranked easier than the window
    quota: str = "none"  # none, equal, proportional, or floor:F with F in [0, 1]
    quota_by: str = BY_CLASS  # whose shares: class, group, or a column of a table beside the source
    drop_suspects: bool = False  # suspects leave before anything is ranked
    seed: Annotated[int, Field(ge=0)] = 0  # of random and covering
    hard_cutoff: float | None = None  # share of the hardest that covering leaves out; None: 0.1, or what fits
    num_strata: Annotated[int, Field(ge=1, le=100_000)] = 50  # of covering, equal widths of the score

    @model_validator(mode="after")
    def _settings_fit_the_rule(self) -> Self:
        """Refuse a setting outside its range, or one that the rule would not read."""
        found = find_rule(self.rule)
        self._refuse_unread(found)
        if "score" in found.reads and self.score is None:
            raise ConfigError(f"rule {self.rule} needs a score to rank by, such as score el2n.")
        if not 0.0 < self.keep_fraction <= 1.0:
            raise ConfigError.out_of_range("keep_fraction", self.keep_fraction, "in (0, 1]")
        self._refuse_past_the_end("window_offset", self.window_offset)
        self._refuse_past_the_end("hard_cutoff", self.hard_cutoff or 0.0)
        quota = parse_quota(self.quota)
        if quota.kind == "none" and self.quota_by != BY_CLASS:
            raise ConfigError(
                f"The quota is none, so no shares of {self.quota_by} are kept; name one, as proportional."
            )
        if quota.kind == "floor" and quota.fraction > self.keep_fraction:
            raise ConfigError(
                f"quota is {self.quota}; with keep_fraction {self.keep_fraction} "
                f"the floor can be at most {self.keep_fraction}."
            )
        return self

    def _refuse_unread(self, found: Rule) -> None:
        for name, field in type(self).model_fields.items():
            if name != "rule" and name not in found.reads and getattr(self, name) != field.default:
                raise ConfigError(
                    f"rule {self.rule} does not read {name}, which is {getattr(self, name)!r}; "
                    f"it reads {', '.join(found.reads)}."
                )

    def _refuse_past_the_end(self, name: str, value: float) -> None:
        if not 0.0 <= value < 1.0:
            raise ConfigError.out_of_range(name, value, "in [0, 1)")
        most = 1 - Decimal(repr(self.keep_fraction))
        if Decimal(repr(value)) > most + _SLACK:
            raise past_the_end(name, value, f"keep_fraction {self.keep_fraction}", float(most))

    @property
    def parsed_quota(self) -> Quota:
        """Return the quota, parsed."""
        return parse_quota(self.quota)

    @property
    def cutoff(self) -> float:
        """Return the share of the hardest that covering leaves out."""
        if self.hard_cutoff is not None:
            return self.hard_cutoff
        return min(DEFAULT_HARD_CUTOFF, float(1 - Decimal(repr(self.keep_fraction))))

    def parameters(self) -> dict[str, Any]:
        """Return the rule and what it reads, as JSON-able values; the rest is not part of a selection."""
        values = {name: getattr(self, name) for name in find_rule(self.rule).reads}
        if values.get("quota_by") == BY_CLASS:  # as selections had it before other groups came
            del values["quota_by"]
        if "hard_cutoff" in values:
            values["hard_cutoff"] = self.cutoff
        return {"rule": self.rule, **values}


def read_request(values: dict[str, Any]) -> SelectionRequest:
    """Return the request of these settings, by name; a rule that ranks reads EL2N where none is named.

    Raises:
        ConfigError: A name is unknown, or a value is not allowed or not read by the rule.
    """
    reads_score = "score" in find_rule(str(values.get("rule"))).reads
    if reads_score and values.get("score") is None:
        values = {**values, "score": DEFAULT_SCORE}
    return validated(SelectionRequest, values)


def past_the_end(name: str, value: float, given: str, most: float) -> ConfigError:
    """Return the error for a window, or a cutoff, that would leave too few examples.

    Args:
        name: The setting, as the user wrote it.
        value: Its value.
        given: What bounds it, such as ``keep_fraction 0.5``.
        most: The largest value that would fit.
    """
    return ConfigError(f"{name} is {value:g}; with {given} it can be at most {most:g}.")
