"""Two runs side by side: what differs, what each found, where they agree."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from app import state, words
from app.home.cards import COMPARE, WITH
from app.text import plain, plain_name, quiet
from datadiet.export.shown import count
from datadiet.pipeline.compare import Comparison, Finding, compare_runs
from datadiet.pipeline.ensemble import MeanAndError


def show_comparison(asked: str) -> None:
    """Show the two runs that the address names, or let the second one be chosen.

    Args:
        asked: The first run, as in the address.
    """
    st.button("All runs", type="tertiary", icon=":material/arrow_back:", on_click=_leave)
    choices = [choice for choice in state.run_choices() if choice.is_scored]
    first = state.find_choice(choices, asked)
    if first is None:
        st.info(f"This workspace has no run called “{plain(asked[:80])}” that could be compared.")
        return
    others = [choice for choice in choices if choice.run_id != first.run_id]
    if not others:
        st.info("There is no second run to compare with yet.")
        return
    second = state.find_choice(others, state.query(WITH) or "") or likely_partner(first, others)
    _choosers(choices, first, second)
    show_table(first, second)


def _leave() -> None:
    for name in (COMPARE, WITH):
        state.set_query(name, None)


def likely_partner(first: state.RunChoice, others: list[state.RunChoice]) -> state.RunChoice:
    """Return the run that ``first`` is likely compared with: one of the same name, else the newest."""
    alike = [each for each in others if each.name == first.name]
    return (alike or others)[0]


def _choosers(choices: list[state.RunChoice], first: state.RunChoice, second: state.RunChoice) -> None:
    titles = {each.run_id: f"{plain_name(each.name)} · {each.run_id[:8]}" for each in choices}
    left, right = st.columns(2)
    for place, label, parameter, chosen in (
        (left, "Run", COMPARE, first),
        (right, "Compared with", WITH, second),
    ):
        ids = [run_id for run_id in titles if parameter == COMPARE or run_id != first.run_id]
        place.selectbox(
            label,
            ids,
            index=ids.index(chosen.run_id),
            format_func=titles.__getitem__,
            key=state.choice_key(parameter),
            on_change=state.remember_choice,
            args=(parameter,),
        )


def show_table(first: state.RunChoice, second: state.RunChoice) -> None:
    """Show two runs side by side."""
    root = state.workspace_root()
    runs = [
        state.read_scores(root, each.run_id, state.run_stamp(each.run_id)).run for each in (first, second)
    ]
    found = compare_runs(*runs)
    names = [plain_name(f"{each.name} ({each.run_id[:8]})") for each in (first, second)]
    if names[0] == names[1]:
        names[1] += " "
    if flips := flips_words(found):
        st.markdown(flips)
    st.markdown(shared_words(found))
    st.markdown("**What they found**")
    _table(finding_rows(found), names)
    st.markdown("**What differs in how they were made**")
    if found.settings:
        _table([(name, _value(one), _value(two)) for name, one, two in found.settings], names)
    else:
        st.markdown("Nothing.")


def _table(rows: list[tuple[str, str, str]], names: list[str]) -> None:
    st.dataframe(pd.DataFrame(rows, columns=["", *names]), hide_index=True)


def finding_rows(found: Comparison) -> list[tuple[str, str, str]]:
    """Return what both found: a word and two values."""
    one, two = found.first, found.second
    rows = [
        ("test accuracy", _accuracy(one.test), _accuracy(two.test)),
        ("validation accuracy", _accuracy(one.validation), _accuracy(two.validation)),
        ("labels that look wrong", _estimate(one), _estimate(two)),
        ("suspects", _count(one.num_suspects), _count(two.num_suspects)),
        ("AUROC of the mislabel score, where truth is known", _number(one.auroc), _number(two.auroc)),
        ("seeds", str(one.num_seeds), str(two.num_seeds)),
    ]
    if one.num_flipped or two.num_flipped:
        rows.insert(0, ("labels flipped on purpose", f"{one.num_flipped:,}", f"{two.num_flipped:,}"))
    return [row for row in rows if row[1] != "–" or row[2] != "–"]


def flips_words(found: Comparison) -> str:
    """Return what planted flips in only one of the two mean for their numbers; empty where there is none."""
    one, two = found.first.num_flipped, found.second.num_flipped
    if bool(one) == bool(two):
        return ""
    which, other = ("first", "second") if one else ("second", "first")
    return (
        f"Only the {which} run trained with labels flipped on purpose ({one or two:,}); the {other} is "
        "without them, so part of what differs comes from that."
    )


def _accuracy(value: MeanAndError) -> str:
    return words.spread(value).strip("*") if value.mean == value.mean else "–"


def _estimate(found: Finding) -> str:
    estimate = found.estimate
    if estimate is None:
        return "–"
    return f"{count(estimate['num_wrong'])} ({count(estimate['low'])} to {count(estimate['high'])})"


def _count(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def _number(value: float | None) -> str:
    return "–" if value is None or value != value else f"{value:.3f}"


def _value(value: Any) -> str:
    return "–" if value is None else plain_name(str(value))


def shared_words(found: Comparison) -> str:
    """Return where both agree, as Markdown."""
    if not found.matched_by:
        return "They have no images in common, so only their numbers can be compared."
    by = "" if found.matched_by == "example_id" else ", matched by source key"
    parts = [f"**{found.num_shared:,} images** are in both{by}."]
    if found.num_suspects_both is not None:
        parts.append(
            f"**{found.num_suspects_both:,}** are suspects in both, {found.num_only_first:,} only in the "
            f"first, {found.num_only_second:,} only in the second."
        )
    if found.el2n_correlation == found.el2n_correlation:
        parts.append(
            f"Their EL2N orders the training images alike by **{found.el2n_correlation:.2f}** "
            f"{quiet('(rank correlation, 1 = the same order)')}."
        )
    return " ".join(parts)
