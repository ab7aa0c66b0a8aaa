"""F5: one call of the system fails; the command ends with a sentence, and the next run ends alike."""

import errno
import io
import os

import pytest
from small_workspace import EVERY, contents, fill

from datadiet.errors import StoreError
from datadiet.store.verify import verify

CALLS = {"open a file": (io, "open"), "open": (os, "open"), "fsync": (os, "fsync"), "rename": (os, "rename"),
         "replace": (os, "replace"), "mkdir": (os, "mkdir")}  # fmt: skip
ERRORS = [errno.EIO, errno.EACCES, errno.EROFS, errno.EMFILE, errno.ENOSPC]


def fail_at(monkeypatch, which, number, code):
    """Let the ``number``-th call fail; return the list of calls made, to be counted."""
    module, name = CALLS[which]
    call, made = getattr(module, name), []

    def failing(*args, **kwargs):
        made.append(args[0])
        if len(made) == number:
            raise OSError(code, os.strerror(code), str(args[0]))
        return call(*args, **kwargs)

    monkeypatch.setattr(module, name, failing)
    return made


@pytest.mark.parametrize("which", CALLS)
def test_f5_r8_any_failing_call_is_a_sentence_and_the_next_run_ends_alike(
    tmp_path, monkeypatch, undisturbed, which
):
    for number in range(1, 500, min(EVERY, 3)):
        root = tmp_path / str(number)
        code = ERRORS[number % len(ERRORS)]
        with monkeypatch.context() as patch:
            made = fail_at(patch, which, number, code)
            failure = refusal_of(root)
        if len(made) < number:
            break
        if failure:
            assert str(root) in failure
            assert "disk is full" in failure or os.strerror(code) in failure
        workspace = fill(root)
        assert contents(root) == undisturbed
        assert all(finding.is_sound for finding in verify(workspace))
    assert number > 1


def refusal_of(root):
    """Return the sentence that publishing ends with; anything but a StoreError is a failure of the test."""
    try:
        fill(root)
    except StoreError as error:
        return str(error)
    return ""


def test_f5_a_failed_fsync_is_never_tried_again(tmp_path, monkeypatch):
    for number in (1, 5, 9):
        with monkeypatch.context() as patch:
            made = fail_at(patch, "fsync", number, errno.EIO)
            assert "Input/output error" in refusal_of(tmp_path / str(number))
        assert len(made) == number
