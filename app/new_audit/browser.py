"""Choosing a folder or file under the allowed roots by going through them, as in a file dialog."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app import state
from app.new_audit.roots import MOST_LISTED, Contents, Entry, allowed, contents, entries, place_words
from app.text import plain, plain_name, quiet
from datadiet.errors import SourceError

FILTER_FROM = 20  # entries, before a field to filter them is shown


def choose_place(key: str, roots: list[Path], *, folders_only: bool = False) -> str:
    """Let a folder or file be chosen; return its path, empty where none is chosen yet.

    Args:
        key: Names the choice in the session.
        roots: From :func:`~app.new_audit.roots.source_roots`; at least one.
        folders_only: Offer no files.
    """
    chosen = str(st.session_state.get(key, ""))
    if chosen:
        _show_chosen(key, chosen, roots)
        return chosen
    with st.container(border=True, key=f"{key}-browser"):
        try:
            _browse(key, roots, folders_only=folders_only)
        except SourceError as error:
            st.warning(plain(str(error)))
            st.button("Back to the start", key=f"{key}-start", on_click=_go, args=(key, None))
    return ""


def _show_chosen(key: str, chosen: str, roots: list[Path]) -> None:
    path = Path(chosen)
    icon = ":material/folder:" if path.is_dir() else ":material/description:"
    with st.container(horizontal=True, vertical_alignment="center", border=True, key=f"{key}-chosen"):
        st.markdown(f"{icon} **{plain(place_words(path, roots))}**", width="stretch")
        st.button("Choose another", key=f"{key}-other", on_click=_choose, args=(key, ""))


def _browse(key: str, roots: list[Path], *, folders_only: bool) -> None:
    here = _here(key, roots)
    if here is None:
        st.markdown(quiet("Folders that this dashboard may read:"))
        for number, root in enumerate(roots):
            _entry_button(f"{key}-root-{number}", Entry(root.name or "/", root, is_folder=True), key)
        return
    _show_way(key, here, roots)
    found = [each for each in entries(here, roots) if each.is_folder or not folders_only]
    held = contents(here)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(quiet(contents_words(held)), width="stretch")
        st.button(
            **state.primary("Use this folder", ":material/check:"),
            key=f"{key}-use",
            on_click=_choose,
            args=(key, str(here)),
        )
    if len(found) > FILTER_FROM:
        text = st.text_input("Filter by name", key=f"{key}-filter", placeholder="part of a name")
        found = [each for each in found if text.lower() in each.name.lower()]
    with st.container(height=260 if len(found) > 7 else "content", border=False, gap=None):
        for number, each in enumerate(found):
            _entry_button(f"{key}-entry-{number}", each, key)
        if not found:
            st.markdown(quiet("No folders or tables in here."))
    if len(found) >= MOST_LISTED:
        st.markdown(quiet(f"The first {MOST_LISTED} are shown."))
    st.markdown(quiet("For folders elsewhere, start the dashboard with `--source-root` and one above them."))


def _entry_button(button: str, entry: Entry, key: str) -> None:
    icon = ":material/folder:" if entry.is_folder else ":material/description:"
    act, value = (_go, entry.path) if entry.is_folder else (_choose, str(entry.path))
    st.button(plain(entry.name), key=button, type="tertiary", icon=icon, on_click=act, args=(key, value))


def _show_way(key: str, here: Path, roots: list[Path]) -> None:
    """Show the folders from the root down to this one, each to go back to."""
    root = next(each for each in roots if here.is_relative_to(each))
    way = [root, *(root.joinpath(*here.relative_to(root).parts[: n + 1]) for n in range(len(here.parts)))]
    way = list(dict.fromkeys(way[: len(here.relative_to(root).parts) + 1]))
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if len(roots) > 1:
            st.button("All folders", key=f"{key}-roots", type="tertiary", on_click=_go, args=(key, None))
        for number, folder in enumerate(way):
            name = plain(folder.name or "/")
            if folder == here:
                st.markdown(f"**{name}**", width="content")
            else:
                st.button(name, key=f"{key}-way-{number}", type="tertiary", on_click=_go, args=(key, folder))


def _here(key: str, roots: list[Path]) -> Path | None:
    """Return the folder that is shown; None for the list of roots."""
    at = st.session_state.get(f"{key}-at")
    if at is None:
        return roots[0] if len(roots) == 1 else None
    return allowed(Path(at), roots)


def _go(key: str, folder: Path | None) -> None:
    st.session_state[f"{key}-at"] = None if folder is None else str(folder)
    st.session_state.pop(f"{key}-filter", None)


def _choose(key: str, path: str) -> None:
    st.session_state[key] = path


def contents_words(held: Contents) -> str:
    """Return what a folder holds, in words.

    Example:
        >>> contents_words(Contents(2, 0, is_cut=False))
        'In here: 2 folders. One folder a class is what an image folder looks like.'
    """
    more = " or more" if held.is_cut else ""
    parts = []
    if held.num_folders:
        parts.append(f"{held.num_folders:,} folder{'' if held.num_folders == 1 else 's'}")
    if held.num_pictures:
        parts.append(f"{held.num_pictures:,} picture{'' if held.num_pictures == 1 else 's'}{more}")
    if not parts:
        return "Nothing in here that an audit could read."
    hint = ""
    if held.num_folders > 1 and not held.num_pictures:
        hint = " One folder a class is what an image folder looks like."
    elif held.num_pictures and not held.num_folders:
        hint = " Pictures alone have no labels: choose the folder above, with one folder a class."
    return plain_name(f"In here: {' and '.join(parts)}.") + hint
