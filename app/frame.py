"""What every page shares: its title as a question, the run it shows, the context line, keys, links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from app import state, words
from app.commands import show_commands, show_lines
from app.components.page_keys import page_keys
from app.failures import public_sentence
from app.text import plain, plain_name, quiet
from datadiet.pipeline.run import Run
from datadiet.pipeline.run_files import RunFiles
from datadiet.scores.registry import computing, missing_sentence, unknown_score

Keys = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Screen:
    """A page of the dashboard; ``letter`` follows ``g``."""

    name: str
    title: str
    letter: str
    icon: str
    url: str

    @property
    def path(self) -> str:
        """Return its file, beside the entry script."""
        return f"views/{self.name}.py"


SCREENS = tuple(
    Screen(name, title, letter, f":material/{icon}:", url)
    for name, title, letter, icon, url in (
        ("home", "Home", "h", "home", ""),
        ("new_audit", "New audit", "n", "add_circle", "new-audit"),
        ("overview", "Overview", "o", "monitoring", "overview"),
        ("browse", "Browse", "b", "grid_view", "browse"),
        ("triage", "Triage", "t", "rule", "triage"),
        ("window", "Window", "w", "tune", "window"),
        ("compare", "Compare", "c", "scatter_plot", "compare"),
        ("dynamics", "Dynamics", "d", "timeline", "dynamics"),
        ("export", "Export", "e", "download", "export"),
        ("jobs", "Jobs", "j", "pending_actions", "jobs"),
        ("docs", "Docs", "?", "menu_book", "docs"),
    )
)
_FOLDER = Path(__file__).parent


def screens() -> list[Screen]:
    """Return the pages, in the order of the navigation."""
    return [screen for screen in SCREENS if (_FOLDER / screen.path).exists()]


@dataclass(frozen=True)
class OpenedRun:
    """The run that a page shows."""

    run: Run
    score: str  # a column of ``run.scores()``
    stamp: str  # changes whenever files of the run are added

    @property
    def files(self) -> RunFiles:
        """Return the run's files."""
        return self.run.files


def open_run_page(
    question: str, screen: str, *, keys: Keys = (), has_context: bool = True, by: str | None = None
) -> OpenedRun | None:
    """Show title, run chooser and context line, and return the run; None after having said why there is none.

    Args:
        question: The page's title.
        screen: Its name, such as ``browse``.
        keys: The page's own keys: what to press, what it does.
        has_context: The context line stands here; not where the score is chosen in a part of the page that
            reruns alone, and shows the line itself by :func:`show_context`.
        by: What the page ranks by, in words, empty where its parts differ; None is the chosen score.
    """
    listen_for_keys(keys)
    choices = state.run_choices()
    if not choices:
        show_empty_workspace()
        return None
    chosen = state.chosen_run(choices)
    title, chooser = st.columns([3, 1], vertical_alignment="bottom")
    title.title(question, anchor=False)
    with chooser:
        _choose_run(choices, chosen)
    if chosen is None:
        _show_unknown_run(state.query(state.RUN) or "", choices)
    elif chosen.problem:
        st.error(plain(public_sentence(chosen.problem)))
    elif not chosen.is_scored:
        _show_unscored_run(chosen)
    else:
        return _opened(chosen, has_context=has_context, by=by)
    return None


def _opened(chosen: state.RunChoice, *, has_context: bool, by: str | None) -> OpenedRun:
    state.remember_run(chosen.run_id)
    stamp = state.run_stamp(chosen.run_id)
    scored = state.read_scores(state.workspace_root(), chosen.run_id, stamp)
    score = state.chosen_score(scored.score_names, state.query(state.SCORE), scored.reliability)
    if has_context and by is None:
        say_missing_score(scored.run, state.query(state.SCORE), scored.score_names, shown=score)
        by = words.score_words(score)
    if has_context:
        show_context(scored.run, by or "")
    return OpenedRun(scored.run, score, stamp)


def say_missing_score(run: Run, asked: str | None, names: Sequence[str], *, shown: str) -> None:
    """Say that the address asks for a score that the run has not, and what is shown instead."""
    if asked is None or asked in names:
        return
    asked = asked[:80]
    how = computing(asked)
    reason = missing_sentence(asked) if how else str(unknown_score(asked, names))
    told = "" if how is None else f" To compute {plain(asked)}:"
    st.info(f"{plain(reason)} Shown instead: {words.score_words(shown)}.{told}")
    if how is not None:
        show_commands(f"score {run.run_id[:8]} {how}")


def show_context(run: Run, score: str) -> None:
    """Show the context line: data set, run, noise, score, seeds."""
    st.markdown(f":gray[{words.context_line(run, score)}]")


def show_title(question: str, *, keys: Keys = ()) -> None:
    """Show the title of a page that has no run; first of all, so that it is there while the rest is read."""
    with st.container(gap=None):
        st.title(question, anchor=False)
        listen_for_keys(keys)


def listen_for_keys(keys: Keys) -> None:
    """Mount the keys of every page and those of this one for the list behind ``?``."""
    named = {screen.letter: (screen.path, screen.title, screen.url) for screen in screens()}
    page_keys(state.open_workspace(), keys, named, state.theme_colors())


def page_link(screen: str, label: str, *, icon: str | None = None, **query: str) -> None:
    """Show a link to a page that keeps the session; ``label`` is already plain.

    Args:
        screen: Its name, such as ``browse``.
        label: What the link says.
        icon: In front of it; the screen's own by default.
        **query: Query parameters; ``run`` is the one that is shown, where it is not given.
    """
    meant = next(each for each in SCREENS if each.name == screen)
    st.page_link(meant.path, label=label, icon=icon or meant.icon, query_params=_with_run(query))


def closed_link(screen: str, label: str) -> None:
    """Show in its place a link to a page that has nothing to show yet; it cannot be followed."""
    meant = next(each for each in SCREENS if each.name == screen)
    st.page_link(meant.path, label=label, icon=meant.icon, disabled=True)


def go_to(screen: str, **query: str) -> None:
    """Leave for a page at once, with query parameters as in :func:`page_link`."""
    meant = next(each for each in SCREENS if each.name == screen)
    st.switch_page(meant.path, query_params=_with_run(query))


def link(screen: str, **query: str) -> str:
    """Return the address of a page inside the dashboard, such as ``browse?run=3f2a&class=1``."""
    from urllib.parse import urlencode

    meant = next(each for each in SCREENS if each.name == screen)
    return f"{meant.url}?{urlencode(_with_run(query))}"


def _with_run(query: dict[str, str]) -> dict[str, str]:
    run_id = query.get(state.RUN) or state.remembered_run()
    return {**({state.RUN: run_id} if run_id else {}), **query}


def _choose_run(choices: list[state.RunChoice], chosen: state.RunChoice | None) -> None:
    titles = {each.run_id: f"{plain_name(each.name)} · {each.run_id[:8]}" for each in choices}
    ids = list(titles)
    st.selectbox(
        "Run",
        ids,
        index=ids.index(chosen.run_id) if chosen else None,
        format_func=titles.__getitem__,
        placeholder="Choose a run",
        key=state.choice_key(state.RUN),
        on_change=state.remember_choice,
        args=(state.RUN,),
    )


def _show_unknown_run(asked: str, choices: list[state.RunChoice]) -> None:
    """Say that the address names no run of this workspace, and which there are."""
    st.info(
        f"This workspace has no run called “{plain(asked[:80])}”. Choose one above; it holds {len(choices)}."
    )


def _show_unscored_run(chosen: state.RunChoice) -> None:
    """Say that a run has not come far enough to be shown, and how to go on."""
    st.info(
        "No model of this run is trained and scored yet. If its audit is running, reload this page in a "
        "while; if it was stopped, start the same command again, and it goes on from there."
    )


def show_empty_workspace() -> None:
    """Say how to begin."""
    st.title("Nothing audited yet", anchor=False)
    st.markdown("An audit trains a few small networks on your images and says which labels look wrong.")
    st.markdown("To try it on digits that come along, about a minute:")
    show_lines("demo")
    st.markdown("On your own images, a folder with one folder a class:")
    show_commands("audit path/to/images")
    st.markdown(quiet("When the audit is done, reload this page."))
