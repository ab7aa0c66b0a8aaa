"""F1: the audit killed at random moments, all its processes at once, and run again to its end."""

import random
import time

import audited_set
import pytest

from datadiet.pipeline.verify import verify_workspace

NUM_KILLS = 3  # benchmarks/kills.py does twenty on the digits


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Return the set, the files of an audit that nothing disturbed, and how long it took."""
    folder = tmp_path_factory.mktemp("undisturbed")
    source = audited_set.write_set(folder / "set.npz")
    began = time.monotonic()
    code, out, messages = audited_set.ended(audited_set.audit(source, folder / "w", "--workers", "2"))
    assert code == 0, messages
    return source, audited_set.published(folder / "w"), time.monotonic() - began, out


def test_f1_r1_r2_kill_9_at_random_moments_ends_in_the_same_files(undisturbed, tmp_path):
    source, expected, seconds, out = undisturbed
    root, moments = tmp_path / "w", random.Random(0)
    done = {}
    for _ in range(NUM_KILLS):
        process = audited_set.audit(source, root, "--workers", "2")
        time.sleep(moments.uniform(0.3, 0.9) * seconds)
        audited_set.kill_all(process)
        now = audited_set.identities(root)
        assert done.items() <= now.items()
        done = now
    code, again, messages = audited_set.ended(audited_set.audit(source, root, "--workers", "1"))
    assert (code, again) == (0, out), messages
    assert done.items() <= audited_set.identities(root).items()
    assert audited_set.published(root) == expected
    assert verify_workspace(root).damaged == []
    assert [path for path in root.rglob("*") if ".part" in path.name] == []


def test_f7_two_audits_of_the_same_run_at_once_both_end_well(undisturbed, tmp_path):
    source, expected, _, out = undisturbed
    both = [audited_set.audit(source, tmp_path / "w", "--workers", "1") for _ in range(2)]
    for code, said, messages in [audited_set.ended(process) for process in both]:
        assert (code, said) == (0, out), messages
    assert audited_set.published(tmp_path / "w") == expected
    assert verify_workspace(tmp_path / "w").damaged == []
    assert list((tmp_path / "w" / "attempts").iterdir()) == []


@pytest.mark.parametrize(
    ("workers", "environment"),
    [
        ("1", {"LC_ALL": "C", "TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "1", "OMP_NUM_THREADS": "2"}),
        (
            "2",
            {
                "LC_ALL": "tr_TR.UTF-8",
                "TZ": "America/St_Johns",
                "PYTHONHASHSEED": "2",
                "OMP_NUM_THREADS": "1",
            },
        ),
    ],
)
def test_r18_the_same_files_under_another_environment(undisturbed, tmp_path, workers, environment):
    source, expected, _, out = undisturbed
    process = audited_set.audit(source, tmp_path / "w", "--workers", workers, **environment)
    code, said, messages = audited_set.ended(process)
    assert (code, said) == (0, out), messages
    assert audited_set.published(tmp_path / "w") == expected
