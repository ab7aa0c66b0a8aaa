"""New audit: what do you want to audit? See what is in it, then start."""

from __future__ import annotations

import streamlit as st

from app import frame, state
from app.failures import public_sentence, shown_failures
from app.jobs.cards import cancel
from app.jobs.watch import job_views
from app.jobs.words import outcome_words, progress_words
from app.new_audit import fields, looks, training
from app.new_audit.form import AuditForm, form_of_run, sentences
from app.new_audit.keys import key_of
from app.new_audit.looks import LOOK, Look, find_look
from app.new_audit.preview import plan_words, show_preview
from app.text import plain, quiet
from datadiet.execution.jobs import UNFINISHED
from datadiet.pipeline.run import open_run

CORRECT = "correct"  # query parameter: the run whose decisions are to be applied
FORM, ORIGIN, LAST_LOOK, FOUND = ("new-audit-form", "new-audit-origin", "new-audit-look", "new-audit-found")
TICK_SECONDS = 0.7
LOOK_ICON = ":material/visibility:"
LOOK_HELP = "Reads and prepares the images, and times a few steps. Nothing is trained."


def show_page() -> None:
    """Show what is chosen, what a look found in it, how it is trained, the start."""
    frame.show_title("What do you want to audit?")
    asked = state.query(LOOK) or st.session_state.get(LAST_LOOK)
    look = find_look(asked)
    begin_form(look)
    form = fields.source_fields(parent_form)
    found = st.container()  # filled below: a look is at all of the choices, and is seen where it is begun
    if form.source:
        st.subheader("How it is trained", anchor=False)
        form = training.again_fields(form) if form.apply_reviews else training.training_fields(form)
    st.session_state[FORM] = form
    wrong = sentences(form, taken_names())
    for field in ("name", "noise", "folds", "settings"):
        fields.show_sentence(wrong, field)
    plan = found_plan(form, look)
    with found:
        if plan is None:
            show_look(form, look, is_ready=not wrong)
        else:
            st.subheader("What is in it", anchor=False)
            show_preview(plan, str(plan["dataset_id"]))
    if plan is not None:
        show_start(form, look, plan, is_ready=not wrong)


def begin_form(look: Look | None) -> None:
    """Fill the fields where the page is new: from the address, else from where it was left."""
    correct = state.query(CORRECT)
    origin = f"{correct}/{look.view.job.job_id if look else ''}"
    if st.session_state.get(ORIGIN) == origin and key_of("kind") in st.session_state:
        return
    left = st.session_state.get(FORM) if st.session_state.get(ORIGIN) == origin else None
    form = look.form if look else parent_form(correct) if correct else AuditForm()
    st.session_state[ORIGIN] = origin
    fields.fill(left or form)


def parent_form(text: str) -> AuditForm:
    """Return the choices that audit a run's corrected labels."""
    return form_of_run(open_run(text, workspace=state.workspace_root()))


def taken_names() -> list[str]:
    """Return the names of the runs."""
    return [choice.name for choice in state.run_choices()]


def show_look(form: AuditForm, look: Look | None, *, is_ready: bool) -> None:
    """Offer the first look at what is chosen, and show how far it is."""
    if not (look and look.view.is_active):
        button = state.primary("Look at it", LOOK_ICON, is_on=is_ready)
        if st.button(**button, disabled=not is_ready, help=LOOK_HELP):
            follow(looks.start_look(form))
    follow_look(form, look)


def follow_look(form: AuditForm, look: Look | None) -> None:
    """Show how far a look is, by itself until it has ended."""
    is_open = bool(look and look.view.job.state in UNFINISHED)
    st.fragment(show_look_progress, run_every=TICK_SECONDS if is_open else None)(
        look.view.job.job_id if look else "",
        was_active=bool(look and look.view.is_active),
        is_same=bool(look and look.form == form),
        has_plan=bool(look and look.plan),
    )


def found_plan(form: AuditForm, look: Look | None) -> dict[str, object] | None:
    """Return what is known of the images that are chosen: of this look, or the last one of the same."""
    if look and look.plan is not None:
        st.session_state[FOUND] = (look.form.data_part, look.plan)
    data, plan = st.session_state.get(FOUND, (None, None))
    return plan if data == form.data_part else None


def follow(job_id: str) -> None:
    """Show another look from now on."""
    form = st.session_state[FORM]
    st.session_state[LAST_LOOK] = job_id
    st.session_state[ORIGIN] = f"{state.query(CORRECT)}/{job_id}"
    st.session_state[FORM] = form
    state.set_query(LOOK, job_id)
    st.rerun()


def show_look_progress(job_id: str, *, was_active: bool, is_same: bool, has_plan: bool) -> None:
    """Show how far a look is; reruns by itself until it ended, then the page follows."""
    with shown_failures():
        views = job_views([job_id]) if job_id else []
        if not views:
            return
        [view] = views
        if view.is_active != was_active:  # the page was drawn before
            st.rerun()
        if view.is_active:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.progress(view.share, text=progress_words(view))
                st.button("Cancel", key="cancel-look", on_click=cancel, args=(job_id,))
            return
        if view.job.state == "done" and not has_plan:
            st.warning("What this look found is not there any more; look again.")
        if view.is_stopped and is_same:
            st.error(plain(public_sentence(outcome_words(view))), icon=":material/error:")


def show_start(form: AuditForm, look: Look | None, plan: dict[str, object], *, is_ready: bool) -> None:
    """Say how long it takes, offer to estimate again where settings changed, and to start."""
    st.subheader("How long it takes", anchor=False)
    run_id, is_active = str(plan["run_id"]), bool(look and look.view.is_active)
    is_current = bool(look and look.plan is plan and look.form == form)
    if is_current:
        st.markdown(plan_words(plan))
    else:
        st.markdown(
            f"{plan_words(plan)} {quiet('This was estimated for other settings; it can be estimated again.')}"
        )
    follow_look(form, look)
    known = [choice for choice in state.run_choices() if choice.run_id == run_id]
    if is_current and known:
        st.info(
            f"Run {run_id[:8]} was made with these very settings. Starting adds the seeds that it lacks; "
            "nothing is computed twice."
        )
        frame.page_link("overview", "Open it", run=run_id)
    with st.container(horizontal=True, gap="small"):
        start = state.primary("Start the audit", ":material/play_arrow:", is_on=is_ready)
        if st.button(**start, disabled=not is_ready):
            job_id = looks.start_audit(form)
            for key in (LAST_LOOK, FORM, ORIGIN, FOUND):
                st.session_state.pop(key, None)
            frame.go_to("jobs", job=job_id)
        if (
            not is_current
            and not is_active
            and st.button("Estimate again", icon=LOOK_ICON, disabled=not is_ready, help=LOOK_HELP)
        ):
            follow(looks.start_look(form))


with shown_failures():
    show_page()
