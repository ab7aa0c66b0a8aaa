"""F2: the process dies before and after every call that changes the disk; then the command is run again."""

import io
import os
import signal

import pytest
from small_workspace import EVERY, contents, fill

from datadiet.store.verify import verify

CALLS = [(io, "open"), (os, "open"), (os, "fsync"), (os, "rename"), (os, "replace"), (os, "mkdir")]


def die_at(number, *, is_after):
    """Let this process be killed before or after the ``number``-th of the calls."""
    seen = [0]

    def wrap(call):
        def dying(*args, **kwargs):
            seen[0] += 1
            mine = seen[0] == number
            if mine and not is_after:
                os.kill(os.getpid(), signal.SIGKILL)
            result = call(*args, **kwargs)
            if mine:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return dying

    for module, name in CALLS:
        setattr(module, name, wrap(getattr(module, name)))


def fill_in_child(root, number, *, is_after):
    """Return whether a child process was killed at the ``number``-th call of the publication."""
    if (pid := os.fork()) == 0:
        try:
            die_at(number, is_after=is_after)
            fill(root)
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


@pytest.mark.parametrize("is_after", [False, True])
def test_f2_r1_r2_a_kill_at_any_call_leaves_old_or_new_and_the_next_run_ends_alike(
    tmp_path, undisturbed, is_after
):
    number = 1 + 4 * is_after
    while fill_in_child(root := tmp_path / str(number), number, is_after=is_after):
        found = contents(root) if root.exists() else {}
        final = {name: data for name, data in found.items() if name in undisturbed}
        assert all(undisturbed[name] == data for name, data in final.items())
        workspace = fill(root)
        assert contents(root) == undisturbed
        assert all(finding.is_sound for finding in verify(workspace)), number
        number += EVERY
    assert number > 60
