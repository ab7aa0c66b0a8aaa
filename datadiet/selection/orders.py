"""Orders of training examples for curricula: from easy to hard, from hard to easy, or in stages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from datadiet.errors import ConfigError

ORDERS = ("easiest-first", "hardest-first", "paced:K")
FIRSTS = ("easiest-first", "hardest-first", "random")
Direction = Literal["easiest-first", "hardest-first"]
First = Literal["easiest-first", "hardest-first", "random"]


@dataclass(frozen=True)
class Order:
    """Which end comes first, and in how many stages of equal size examples join."""

    direction: Direction
    num_stages: int = 1


def parse_order(text: str) -> Order:
    """Return the order that ``easiest-first``, ``hardest-first`` or ``paced:K`` names.

    Raises:
        ConfigError: The text is none of these, or K is no whole number from 1 on.

    Example:
        >>> parse_order("paced:4")
        Order(direction='easiest-first', num_stages=4)
    """
    kind, colon, rest = text.partition(":")
    if kind == "paced" and colon:
        if not (rest.isascii() and rest.isdigit() and len(rest) < 10 and int(rest) > 0):
            raise ConfigError.out_of_range("stages of --order paced", rest, "a whole number from 1 on")
        return Order("easiest-first", int(rest))
    if text == "easiest-first":
        return Order("easiest-first")
    if text == "hardest-first":
        return Order("hardest-first")
    raise ConfigError.unknown_choice("--order", text, ORDERS)


@dataclass(frozen=True)
class Pacing:
    """What a curriculum shows first, and in how many stages the other examples join."""

    first: First
    num_stages: int

    def text(self) -> str:
        """Return what parse_pacing() reads."""
        return f"{self.first}:{self.num_stages}"

    def words(self) -> str:
        """Return it in words.

        Example:
            >>> Pacing("easiest-first", 4).words()
            'easiest first in 4 stages'
        """
        first = "in random order" if self.first == "random" else self.first.replace("-", " ")
        return f"{first} in {self.num_stages} stages"


def parse_pacing(text: str) -> Pacing:
    """Return the pacing that ``FIRST:K`` names: easiest-first, hardest-first or random, in K stages.

    Raises:
        ConfigError: The text is none of these, or K is no whole number from 2 on; one stage only shuffles.

    Example:
        >>> parse_pacing("hardest-first:4")
        Pacing(first='hardest-first', num_stages=4)
    """
    first, _, stages_ = text.partition(":")
    if first not in FIRSTS:
        raise ConfigError.unknown_choice("--order", first, FIRSTS)
    if not (stages_.isascii() and stages_.isdigit() and len(stages_) < 10 and int(stages_) > 1):
        raise ConfigError.out_of_range("stages of a curriculum", stages_, "a whole number from 2 on")
    return Pacing(first, int(stages_))  # type: ignore[arg-type]  # one of FIRSTS, by the lines above


def paced_stages(
    ranks: NDArray[np.float64], pacing: Pacing, *, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return the stage, from 1, at which each example joins a curriculum.

    Args:
        ranks: Shape ``(N,)``, from easy to hard, no NaN; not read by the random order.
        pacing: What comes first, and how many stages.
        rng: Of the random order alone.

    Returns:
        Shape ``(N,)``, in the order of ``ranks``.

    Raises:
        ConfigError: There are fewer examples than stages.
    """
    places = rng.permutation(len(ranks)) if pacing.first == "random" else in_order(ranks, Order(pacing.first))
    found = np.empty(len(ranks), dtype=np.int64)
    found[places] = stages(len(ranks), pacing.num_stages)
    return found


def in_order(ranks: NDArray[np.float64], order: Order) -> NDArray[np.int64]:
    """Return the places of the examples in the order, equal ranks in the order they come in.

    Both directions break ties by place, so that hardest-first is not easiest-first reversed where ranks tie.

    Args:
        ranks: Shape ``(N,)``, from easy to hard, no NaN.
        order: Which end comes first.
    """
    turned = ranks if order.direction == "easiest-first" else -ranks
    return np.argsort(turned, kind="stable").astype(np.int64)


def stages(num: int, num_stages: int) -> NDArray[np.int64]:
    """Return the stage, from 1, at which each place of an order joins; sizes differ by one at most.

    Args:
        num: Examples in the order.
        num_stages: At most ``num``.

    Raises:
        ConfigError: There are fewer examples than stages.

    Example:
        >>> stages(5, 2).tolist()
        [1, 1, 1, 2, 2]
    """
    if num_stages > num:
        raise ConfigError.out_of_range("stages of --order paced", num_stages, f"at most {num}")
    sizes = [len(each) for each in np.array_split(np.arange(num), num_stages)]
    return np.repeat(np.arange(1, num_stages + 1), sizes)
