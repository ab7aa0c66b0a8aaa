"""F1: the audit killed at random moments, all its processes at once, and run again to its end."""

import random
import time
from functools import partial

import audited_set
import pytest

from datadiet.pipeline.verify import verify_workspace

NUM_KILLS = 3  # benchmarks/kills.py does twenty on the digits


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Return the set, and the files and words of an audit that nothing disturbed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    source = audited_set.write_set(folder / "set.npz")
    code, out, messages = audited_set.ended(audited_set.audit(source, folder / "w", "--workers", "1"))
    assert code == 0, messages
    return source, audited_set.published(folder / "w"), without_place(out, folder / "w")


def without_place(text, root):
    """Return what an audit said without the place of its workspace, which its hints name."""
    return text.replace(str(root), "W")


def is_as_far(root, num_files):
    found = (path for top in ("datasets", "runs") for path in (root / top).rglob("*"))
    return sum(path.is_file() and "clock" not in path.parts for path in found) >= num_files


def test_f1_r1_r2_kill_9_at_random_moments_ends_in_the_same_files(undisturbed, tmp_path):
    source, expected, out = undisturbed
    root, moments = tmp_path / "w", random.Random(0)
    done = {}
    for target in sorted(moments.sample(range(len(expected) - 5), NUM_KILLS)):
        process = audited_set.audit(source, root, "--workers", "1")
        audited_set.wait_for(partial(is_as_far, root, target), process)
        time.sleep(moments.uniform(0.0, 0.2))
        audited_set.kill_all(process)
        now = audited_set.identities(root)
        assert done.items() <= now.items()
        done = now
    code, again, messages = audited_set.ended(audited_set.audit(source, root, "--workers", "1"))
    assert (code, without_place(again, root)) == (0, out), messages
    assert done.items() <= audited_set.identities(root).items()
    assert audited_set.published(root) == expected
    assert verify_workspace(root).damaged == []
    assert [path for path in root.rglob("*") if ".part" in path.name] == []


def test_f7_two_audits_of_the_same_run_at_once_both_end_well(undisturbed, tmp_path):
    source, expected, out = undisturbed
    both = [audited_set.audit(source, tmp_path / "w", "--workers", "1") for _ in range(2)]
    for code, said, messages in [audited_set.ended(process) for process in both]:
        assert (code, without_place(said, tmp_path / "w")) == (0, out), messages
    assert audited_set.published(tmp_path / "w") == expected
    assert verify_workspace(tmp_path / "w").damaged == []
    assert list((tmp_path / "w" / "attempts").iterdir()) == []


ELSEWHERE = {"LC_ALL": "C", "TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "1", "OMP_NUM_THREADS": "2"}


def test_r18_the_same_files_with_more_workers_and_under_another_environment(undisturbed, tmp_path):
    source, expected, out = undisturbed
    process = audited_set.audit(source, tmp_path / "w", "--workers", "2", **ELSEWHERE)
    code, said, messages = audited_set.ended(process)
    assert (code, without_place(said, tmp_path / "w")) == (0, out), messages
    assert audited_set.published(tmp_path / "w") == expected
