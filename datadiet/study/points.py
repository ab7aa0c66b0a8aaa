"""Points of a study: which selection is retrained, on which labels; grids and curves of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Self

from pydantic import model_validator

from datadiet.config import FrozenConfig, digest, validated
from datadiet.errors import ConfigError
from datadiet.selection.orders import parse_pacing
from datadiet.selection.registry import find_rule
from datadiet.selection.request import SelectionRequest, read_request

Labels = Literal["trained", "reviewed", "random_reviewed"]
ALL = "all"  # the rule that keeps every training example
CURRICULUM = "curriculum"  # the rule that keeps them all too, and shows them in stages
MOST_POINTS = 2_000  # of one call: more is a slip of the keyboard
CURVE_RULES = ("hardest", "easiest", "random", "covering", "input_norm")  # of a pruning curve
ALONE = ("window", ALL, CURRICULUM, "list")  # rules that stand by themselves in a call
WHOLE = (ALL, CURRICULUM)  # the rules that keep every training example
_LATER = ("order", "quota_by")  # fields that points stored by an earlier version lack
_SEEDED = ("random", "covering")  # rules that draw: another draw for each seed of the training


class Point(FrozenConfig):
    """One selection to retrain on, the same for every seed but for what it draws."""

    rule: str  # all, curriculum, or a rule of a selection
    score: str | None = None
    keep_fraction: float = 1.0
    window_offset: float = 0.0
    quota: str = "none"
    drop_suspects: bool = False
    labels: Labels = "trained"  # of the run | after people's decisions | after as many random ones
    example_ids: tuple[int, ...] = ()  # of the rule list
    quota_by: str = "class"  # whose shares the quota keeps: class, group, or a column of a table
    order: str = ""  # of the rule curriculum: easiest-first:K, hardest-first:K or random:K, K stages

    @model_validator(mode="after")
    def _a_selection_can_be_asked_for(self) -> Self:
        """Refuse what no selection would take."""
        if self.rule == CURRICULUM:
            self._refuse_a_part()
            if (parse_pacing(self.order).first == "random") == bool(self.score):
                raise ConfigError("A curriculum reads a score, unless its order is random.")
        elif self.order:
            raise ConfigError(f"rule {self.rule} does not read order, which is {self.order!r}.")
        elif self.rule == ALL:
            self._refuse_a_part()
        else:
            self.request(0)
        return self

    def _refuse_a_part(self) -> None:
        if self.keep_fraction < 1.0 or self.window_offset or self.quota != "none" or self.drop_suspects:
            raise ConfigError(
                f"rule {self.rule} keeps every training example; it takes no fraction, offset or quota, and "
                "drops no suspects."
            )

    @property
    def point_id(self) -> str:
        """Return 16 hex digits that name the point; fields that came later count where they are set."""
        later = {name for name in _LATER if getattr(self, name) == type(self).model_fields[name].default}
        return digest(self.model_dump(mode="json", exclude=later))

    @property
    def draws(self) -> bool:
        """Return whether each seed of the training keeps other examples."""
        return self.rule in _SEEDED

    def request(self, seed: int) -> SelectionRequest:
        """Return the selection that ``seed`` trains on; not for the rules that keep everything."""
        read = find_rule(self.rule).reads
        names = ("score", "keep_fraction", "window_offset", "quota", "quota_by", "drop_suspects")
        asked = {name: getattr(self, name) for name in names if name in read}
        if self.draws and "seed" in read:
            asked["seed"] = seed
        return read_request({"rule": self.rule, **asked})

    def title(self) -> str:
        """Return the point in a few words.

        Example:
            >>> Point(rule="window", score="el2n", keep_fraction=0.4, window_offset=0.1).title()
            'window 40 % from 0.1 by el2n'
        """
        where = f" from {self.window_offset:g}" if self.rule == "window" else ""
        by = f" by {self.score}" if self.score else ""
        kept = "" if self.rule in {*WHOLE, "list"} else f" {100 * self.keep_fraction:g} %"
        if self.order:
            where = f", {parse_pacing(self.order).words()},"
        more = f", quota {self.quota}" if self.quota != "none" else ""
        more += f" of {self.quota_by}" if self.quota_by != "class" else ""
        more += ", suspects dropped" if self.drop_suspects else ""
        more += {"trained": "", "reviewed": ", after decisions", "random_reviewed": ", random decisions"}[
            self.labels
        ]
        return f"{self.rule}{kept}{where}{by}".rstrip(",") + more


def window_points(
    score: str, keep_fractions: Sequence[float], offsets: Sequence[float], **settings: Any
) -> list[Point]:
    """Return the windows of a grid that fit, keep fraction by keep fraction.

    Args:
        score: Whose order the windows lie on.
        keep_fractions: In (0, 1].
        offsets: In [0, 1); those past ``1 - keep_fraction`` are left out.
        **settings: quota, drop_suspects, labels.

    Raises:
        ConfigError: A value is not allowed, no window fits, or too many do.
    """
    fitting = [
        (keep, offset)
        for keep in keep_fractions
        for offset in offsets
        if offset <= 1 - keep + 1e-9 and offset < 1.0
    ]
    if len(fitting) > MOST_POINTS:
        raise ConfigError(f"The grid has {len(fitting):,} windows; a sweep takes at most {MOST_POINTS:,}.")
    if not fitting:
        raise ConfigError(
            f"No window fits: offset + keep must be at most 1; keep is {list(keep_fractions)}, "
            f"offsets are {list(offsets)}."
        )
    return [
        point("window", score=score, keep_fraction=keep, window_offset=offset, **settings)
        for keep, offset in fitting
    ]


def curve_points(
    rules: Sequence[str], keep_fractions: Sequence[float], score: str, **settings: Any
) -> list[Point]:
    """Return a pruning curve: each rule at each keep fraction; ``input_norm`` is hardest by that score.

    Args:
        rules: Of ``CURVE_RULES``.
        keep_fractions: In (0, 1].
        score: Read by the rules that rank.
        **settings: quota, drop_suspects, labels.

    Raises:
        ConfigError: A rule or fraction is not allowed.
    """
    points = []
    for rule in rules:
        if rule not in CURVE_RULES:
            allowed = CURVE_RULES if len(rules) > 1 else (*ALONE, *CURVE_RULES)
            raise ConfigError.unknown_choice("rule", rule, allowed)
        name, by = ("hardest", "input_norm") if rule == "input_norm" else (rule, score)
        ranked = {"score": by} if "score" in find_rule(name).reads else {}
        points += [point(name, keep_fraction=keep, **ranked, **settings) for keep in keep_fractions]
    return points


def curriculum_points(
    orders: Sequence[str], num_stages: Sequence[int], score: str, **settings: Any
) -> list[Point]:
    """Return curricula over all training examples, an order and a number of stages each.

    Args:
        orders: easiest-first, hardest-first or random.
        num_stages: From 2 on.
        score: Whose ranks are read; not by the random order.
        **settings: labels.

    Raises:
        ConfigError: An order or a number is not allowed.
    """
    return [
        point(CURRICULUM, order=f"{each}:{num}", score=None if each == "random" else score, **settings)
        for num in num_stages
        for each in orders
    ]


def read_fractions(name: str, text: str, *, has_zero: bool = True) -> list[float]:
    """Return the numbers of ``A,B`` and ``START:STOP:STEP``, STOP included, each once, in order.

    Args:
        name: What they are, for the sentence.
        text: As typed.
        has_zero: Whether one of them may be 0.

    Raises:
        ConfigError: Something is no number in [0, 1], or is a 0 that may not be, a step is not above 0, or a
            range is empty or too long.

    Example:
        >>> read_fractions("offsets", "0:0.2:0.1,0.55")
        [0.0, 0.1, 0.2, 0.55]
    """
    found: list[float] = []
    for part in text.split(","):
        numbers = [
            _fraction(name, each, has_zero=has_zero or place == 2)  # the step has a sentence of its own
            for place, each in enumerate(part.split(":"))
        ]
        if len(numbers) == 1:
            found += numbers
        elif len(numbers) == 3 and numbers[2] > 0:
            found += _range(name, part, *numbers)
        else:
            raise ConfigError(f"{name} is {part!r}; write numbers with commas, or START:STOP:STEP.")
    return list(dict.fromkeys(found))


def _range(name: str, text: str, start: float, stop: float, step: float) -> list[float]:
    if start > stop:
        raise ConfigError(f"{name} is {text!r}, which holds nothing: START is above STOP.")
    steps = (stop - start) / step + 1e-9
    if steps >= MOST_POINTS:
        raise ConfigError(
            f"{name} is {text!r}, which stands for more than {MOST_POINTS:,} numbers; take a larger step."
        )
    return [round(start + place * step, 6) for place in range(int(steps) + 1)]


def _fraction(name: str, text: str, *, has_zero: bool) -> float:
    allowed = "in [0, 1]" if has_zero else "in (0, 1]"
    try:
        value = float(text)
    except ValueError:
        raise ConfigError(f"{name} is {text!r}; it must be a number {allowed}.") from None
    if not 0.0 <= value <= 1.0 or not (value > 0.0 or has_zero):
        raise ConfigError.out_of_range(name, text, allowed)
    return value


def with_controls(points: Sequence[Point]) -> list[Point]:
    """Return the points, all data, and a random control of each size on the same labels, each once."""
    labels = list(dict.fromkeys(each.labels for each in points))
    controls = [point(ALL, labels=each) for each in labels]
    sizes = dict.fromkeys(
        (each.keep_fraction, each.labels) for each in points if each.rule not in {ALL, "list"}
    )
    controls += [
        point("random", keep_fraction=keep, labels=labelled) for keep, labelled in sizes if keep < 1.0
    ]
    return list(dict.fromkeys([*controls, *points]))


def point(rule: str, **settings: Any) -> Point:
    """Return a point, refused in a sentence where a setting is wrong.

    Raises:
        ConfigError: A setting is unknown or not allowed.
    """
    return validated(Point, {"rule": rule, **settings})
