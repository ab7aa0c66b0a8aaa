from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from datadiet.execution.heap import keep_freed_memory

FAULTS = """
import resource, sys
from datadiet.execution.heap import give_back, keep_freed_memory
if sys.argv[1] == "kept":
    assert keep_freed_memory()
def held():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    b"x" * 40_000_000  # above what glibc ever keeps by itself
after = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
at_end = held()
give_back()
print(after - before, at_end - held())
"""


def faults(how: str) -> tuple[int, int]:
    """Return page faults of twenty pieces of memory taken and dropped, and bytes given back afterwards."""
    ended = subprocess.run([sys.executable, "-c", FAULTS, how], capture_output=True, text=True, check=True)
    number, given_back = map(int, ended.stdout.split())
    return number, given_back


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told to keep memory")
def test_freed_memory_is_taken_again_without_faults_and_given_back_when_asked():
    kept, given_back = faults("kept")
    assert kept < faults("left")[0] / 5
    assert given_back > 20e6


def test_where_the_c_library_is_another_nothing_is_changed(monkeypatch):
    monkeypatch.setattr("ctypes.CDLL", lambda _: object())
    assert not keep_freed_memory()
