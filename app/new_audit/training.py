"""The fields of a new audit that say how the ensemble is trained: profile, seeds, flips, model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from app.new_audit.form import MODELS, AuditForm
from app.new_audit.keys import key_of
from app.text import quiet
from datadiet.config import PROFILES

PROFILE_WORDS = {
    "quick": "quick: a small network, minutes on a CPU",
    "standard": "standard: ResNet-18, wants a GPU",
    "paper": "paper: the papers' training, hours on a GPU",
}
NOISE_WORDS = {
    "": "none",
    "symmetric": "symmetric: to any other class",
    "uniform": "uniform: to any class, the same included",
    "permute": "permute: labels of the chosen images are shuffled",
    "pair": "pair: to the next class",
}
_ROW = (1.75, 0.8, 1.3)  # widths; the first holds the words of a profile on a narrow screen


def again_fields(form: AuditForm) -> AuditForm:
    """Show what can be chosen of an audit with corrected labels, and return ``form`` with it."""
    st.markdown(
        quiet(
            "As the run that is corrected: same network, epochs, folds and images, so that the two can be "
            "compared. Flips that were planted are not planted again."
        )
    )
    left, right = st.columns([0.7, 2.4])
    return replace(form, seeds=_seeds_field(left, "as before") or form.seeds, name=_name_field(right))


def training_fields(form: AuditForm) -> AuditForm:
    """Show how the ensemble is trained and return ``form`` with it."""
    one, two, three = st.columns(_ROW)
    profile = one.selectbox(
        "Profile",
        PROFILES,
        key=key_of("profile"),
        format_func=PROFILE_WORDS.__getitem__,
        help="Which network, and for how long. quick finds wrong labels in minutes on a laptop.",
    )
    seeds = _seeds_field(two, "10" if profile == "paper" else "3")
    name = _name_field(three)
    noise = _noise_fields()
    with st.expander("Model, epochs, folds, device, lean and other settings"):
        form = replace(form, **noise, **_model_fields())
    return replace(form, profile=profile, seeds=seeds, name=name)


def _seeds_field(place: Any, usual: str) -> int | None:
    seeds: int | None = place.number_input(
        "Seeds",
        min_value=1,
        max_value=100,
        value=None,
        step=1,
        key=key_of("seeds"),
        placeholder=usual,
        help="Networks in the ensemble. More make the scores steadier, and the audit longer. "
        "More can be added to a run later.",
    )
    return seeds


def _name_field(place: Any) -> str:
    name: str = place.text_input(
        "Name",
        key=key_of("name"),
        placeholder="none",
        max_chars=80,
        help="To tell this run from others. Optional; it can be changed on Home.",
    )
    return name.strip()


def _noise_fields() -> dict[str, Any]:
    one, two, three = st.columns(_ROW)
    kind = one.selectbox(
        "Flips to plant, for trying out",
        list(NOISE_WORDS),
        key=key_of("noise_kind"),
        format_func=NOISE_WORDS.__getitem__,
        help="Labels changed on purpose, to see how many are found again. None for real work.",
    )
    if not kind:
        return {"noise": "", "noise_seed": None}
    percent = two.number_input(
        "Share (%)",
        min_value=0.1,
        max_value=100.0,
        step=1.0,
        key=key_of("noise_percent"),
        help="Of the training and validation labels.",
    )
    seed = three.number_input(
        "Seed of the flips",
        min_value=0,
        value=None,
        step=1,
        key=key_of("noise_seed"),
        placeholder="0",
        help="Another number flips other labels.",
    )
    return {"noise": f"{kind}:{percent / 100:.6g}", "noise_seed": seed}


def _model_fields() -> dict[str, Any]:
    one, two, three, four = st.columns(4)
    model = one.selectbox(
        "Model",
        MODELS,
        index=None,
        key=key_of("model"),
        placeholder="the profile's",
        help="A model of your own module is started from the command line, with --model module:factory.",
    )
    epochs = two.number_input(
        "Epochs",
        min_value=1,
        max_value=1000,
        value=None,
        step=1,
        key=key_of("num_epochs"),
        placeholder="the profile's",
        help="Passes over the training images.",
    )
    folds = three.number_input(
        "Folds",
        min_value=0,
        max_value=100,
        value=None,
        step=1,
        key=key_of("folds"),
        placeholder="as needed",
        help="With K folds each network leaves out one part, so that opinions of networks that did not train "
        "on an image count how many labels are wrong. Empty: used where validation is too small for that.",
    )
    device = four.selectbox(
        "Device",
        ["auto", "cpu", "cuda", "mps"],
        key=key_of("device"),
        help="auto takes a GPU where there is one.",
    )
    lean = st.toggle(
        "Lean",
        key=key_of("lean"),
        help="Leaves out what takes long and finds no suspects: GraNd, the one score that costs a backward "
        "pass, and EL2N before the last epoch, but for one network's, to look at the run early. "
        "`datadiet score RUN --method grand` can add it.",
    )
    others = st.text_area(
        "Other settings, one KEY=VALUE a line",
        key=key_of("settings"),
        placeholder="train.lr=0.05",
        height=80,
        help="Any setting of the training, as for --set on the command line.",
    )
    settings = [line.strip() for line in others.splitlines() if line.strip()]
    if epochs is not None:
        settings.append(f"train.num_epochs={epochs}")
    return {
        "model": model or "",
        "folds": folds,
        "device": "" if device == "auto" else device,
        "lean": lean,
        "settings": tuple(settings),
    }
