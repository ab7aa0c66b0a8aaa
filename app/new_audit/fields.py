"""The fields of a new audit: each with its help, each keeping its value while the page is left."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import streamlit as st

from app import state
from app.decisions import held
from app.export.changes import decision_changes
from app.failures import public_sentence
from app.new_audit.browser import choose_place
from app.new_audit.form import BUILT_IN, AuditForm
from app.new_audit.keys import key_of
from app.new_audit.roots import source_roots
from app.text import plain, plain_name, quiet
from datadiet.data.sources.cifar import CIFAR_SETS
from datadiet.data.sources.torchvision_sets import SETS
from datadiet.errors import NotFoundError
from datadiet.pipeline.run_files import RunFiles
from datadiet.store.workspace import Workspace

KINDS = {"built-in": "A known set", "place": "A folder or file", "corrected": "Corrected labels of a run"}
COLUMNS = {
    "image_column": ("Image column", "Paths of the images, or their bytes."),
    "label_column": ("Label column", "The labels to audit."),
    "true_label_column": (
        "True label column",
        "Known true labels, to judge the result by; never trained on.",
    ),
    "split_column": ("Split column", "train, validation or test."),
    "id_column": ("Id column", "A name for each image in exports, each once."),
    "group_column": ("Group column", "Images of one group stay in one split, such as those of one patient."),
}
_TABLES = {".csv": ",", ".tsv": "\t"}


def fill(form: AuditForm) -> None:
    """Put the choices of ``form`` into the fields, before they are drawn."""
    kind, _, fraction = form.noise.partition(":")
    epochs = [each.partition("=")[2] for each in form.settings if each.startswith("train.num_epochs=")]
    others = [each for each in form.settings if not each.startswith("train.num_epochs=")]
    is_known = form.source in known_sets()
    values: dict[str, Any] = {
        "kind": "corrected"
        if form.apply_reviews
        else "place"
        if form.source and not is_known
        else "built-in",
        "known": form.source if is_known else BUILT_IN[0],
        "place": "" if is_known else form.source,
        "parent": form.apply_reviews or None,
        "has_test": bool(form.test_source),
        "noise_kind": kind,
        "noise_percent": 100 * float(fraction) if fraction else 10.0,
        "num_epochs": int(epochs[-1]) if epochs else None,
        "settings": "\n".join(others),
        "max_skipped": None if form.max_skipped is None else 100 * form.max_skipped,
        **{name: getattr(form, name) or None for name in (*COLUMNS, "image_size", "seeds", "model")},
        **{name: getattr(form, name) for name in ("folds", "noise_seed", "download", "allow_empty_class")},
        **{name: getattr(form, name) for name in ("test_source", "data_root", "profile", "name")},
        "resize": form.resize or "crop",
        "device": form.device or "auto",
        "lean": form.lean,
    }
    for name, value in values.items():
        st.session_state[key_of(name)] = value


def known_sets() -> list[str]:
    """Return the names of the sets that are known by name."""
    return [*BUILT_IN, *CIFAR_SETS, *SETS]


def source_fields(parent_form: Callable[[str], AuditForm]) -> AuditForm:
    """Show what to audit and return it, its source empty where none is chosen yet.

    Args:
        parent_form: Run id -> the choices that audit its corrected labels.
    """
    has_roots = bool(source_roots())
    kinds = [kind for kind in KINDS if kind != "place" or has_roots]
    if st.session_state.get(key_of("kind")) not in kinds:
        st.session_state[key_of("kind")] = kinds[0]
    kind = st.segmented_control(
        "What to audit", kinds, format_func=KINDS.__getitem__, key=key_of("kind"), required=True
    )
    if not has_roots:
        st.markdown(
            quiet(
                "To audit folders, start the dashboard with `--source-root` and the folder that holds them."
            )
        )
    if kind == "place":
        return _placed(AuditForm())
    if kind == "corrected":
        return _corrected(parent_form)
    return _known(AuditForm())


def _known(form: AuditForm) -> AuditForm:
    name = st.selectbox(
        "Set",
        known_sets(),
        key=key_of("known"),
        help="digits comes along. The others are those of torchvision, read from a folder of this machine, "
        "or fetched from their makers once.",
    )
    form = replace(form, source=name)
    roots = source_roots()
    if name in BUILT_IN:
        return form
    if not roots:
        st.markdown(quiet("It is looked for in the folder `data` where the dashboard was started."))
        return form
    st.markdown(quiet("Where it lies, or is to be put: the folder above its own."))
    root = choose_place(key_of("data_root"), roots, folders_only=True)
    fetched = st.toggle(
        "Fetch it from the internet if it is not there",
        key=key_of("download"),
        help="The only thing on this page that asks another machine: the makers of the set.",
    )
    return replace(form, data_root=root, download=bool(fetched))


def _placed(form: AuditForm) -> AuditForm:
    roots = source_roots()
    place = choose_place(key_of("place"), roots)
    if not place:
        return form
    form = replace(form, source=place)
    with st.expander("How the images are read"):
        left, right = st.columns(2)
        form = replace(form, **_size_fields(left, right))
        if names := column_names(Path(place)):
            form = replace(form, **_column_fields(names))
        return replace(form, **_test_fields(roots))


def _size_fields(left: Any, right: Any) -> dict[str, Any]:
    size = left.number_input(
        "Image size (pixels)",
        min_value=4,
        max_value=512,
        value=None,
        step=1,
        key=key_of("image_size"),
        placeholder="from the images",
        help="Side of the square that images are trained at. Empty: their own size up to 64, else 64.",
    )
    resize = right.selectbox(
        "Images of another shape",
        ["crop", "pad"],
        key=key_of("resize"),
        format_func={"crop": "keep the centre", "pad": "fit all in, rest black"}.__getitem__,
        help="Centre: the shorter side goes to the size. All: the longer side does.",
    )
    skipped = left.number_input(
        "Unreadable images allowed (%)",
        min_value=0.0,
        max_value=100.0,
        value=None,
        key=key_of("max_skipped"),
        placeholder="1",
        help="Above this share the audit is refused; below, they are listed and left out.",
    )
    empty = right.toggle(
        "Allow classes without images",
        key=key_of("allow_empty_class"),
        help="Otherwise an empty class folder is refused, as it is mostly a mistake.",
    )
    return {
        "image_size": size,
        "resize": "" if resize == "crop" else resize,
        "max_skipped": None if skipped is None else skipped / 100,
        "allow_empty_class": bool(empty),
    }


def _column_fields(names: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    places = st.columns(3)
    for number, (field, (title, hint)) in enumerate(COLUMNS.items()):
        found[field] = (
            places[number % 3].selectbox(
                title,
                names,
                index=None,
                key=key_of(field),
                format_func=plain_name,
                placeholder="found by its name",
                help=hint,
            )
            or ""
        )
    return found


def _test_fields(roots: list[Path]) -> dict[str, Any]:
    has_test = st.toggle(
        "The test images lie elsewhere",
        key=key_of("has_test"),
        help="Otherwise a folder or column named test is taken, or a fifth of the images is drawn.",
    )
    return {"test_source": choose_place(key_of("test_source"), roots) if has_test else ""}


def column_names(path: Path) -> list[str]:
    """Return the columns of a table; none where the source is no table, or its header cannot be read."""
    try:
        if path.is_dir():
            shards = sorted(path.glob("*.parquet")) or sorted(path.glob("data/*.parquet"))
            return list(pq.read_schema(shards[0]).names) if shards else []
        if path.suffix.lower() == ".parquet":
            return list(pq.read_schema(path).names)
        if path.suffix.lower() not in _TABLES:
            return []
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            line = file.readline(100_000)
        delimiter = max([",", ";", "\t"], key=line.count)
        return next(csv.reader([line], delimiter=delimiter), [])
    except (OSError, ValueError, csv.Error):
        return []


def _corrected(parent_form: Callable[[str], AuditForm]) -> AuditForm:
    choices = {choice.run_id: choice for choice in state.run_choices() if choice.is_scored}
    if not choices:
        st.info("No run can be corrected yet: audit something first, and decide on what looks wrong.")
        return AuditForm()
    if st.session_state.get(key_of("parent")) not in choices:
        st.session_state[key_of("parent")] = next(iter(choices))
    run_id = st.selectbox(
        "Run whose decisions are applied",
        list(choices),
        key=key_of("parent"),
        format_func=lambda each: f"{plain_name(choices[each].name)} · {each[:8]}",
        help="Its images are audited again with the labels as people corrected them; dropped ones stay out.",
    )
    files = RunFiles(Workspace.existing(state.workspace_root()), run_id)
    changes = decision_changes(files, held(files))
    if not changes.num_decided:
        st.info("Nobody has decided on these images yet. Decide in Triage first; then come back.")
        return AuditForm()
    st.markdown(changes.sentence())
    try:
        return parent_form(run_id)
    except NotFoundError as error:
        st.warning(plain(public_sentence(str(error))))
        return AuditForm()


def show_sentence(found: dict[str, str], field: str) -> None:
    """Show what is wrong with a field, below it; nothing where it is fine."""
    if field in found:
        st.markdown(f":red[:material/error: {plain(found[field])}]")
