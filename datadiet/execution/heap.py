"""Freed memory kept for the next batch, instead of given back to the system and cleared page by page anew."""

from __future__ import annotations

import ctypes

# glibc's malloc.h
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX = -1, -2, -4
_NEVER = 2**31 - 1  # bytes that are free at the end of the heap before they go back by themselves
_PAD_BYTES = 64 * 2**20  # by which the heap grows at least


def keep_freed_memory() -> bool:
    """Let this process keep what it frees, until :func:`give_back`; return whether the C library can.

    A batch's maps are larger than what glibc keeps by itself: each is mapped, cleared page by page, and
    unmapped. Nowhere but with glibc is anything changed. No result depends on it.
    """
    mallopt = _of_glibc("mallopt")
    if mallopt is None:
        return False
    wanted = {_MMAP_MAX: 0, _TRIM_THRESHOLD: _NEVER, _TOP_PAD: _PAD_BYTES}
    answers = [mallopt(name, value) for name, value in wanted.items()]
    return all(answer == 1 for answer in answers)


def give_back() -> None:
    """Give what is free back to the system, where :func:`keep_freed_memory` kept it."""
    trim = _of_glibc("malloc_trim")
    if trim is not None:
        trim(0)


def _of_glibc(name: str) -> ctypes._NamedFuncPointer | None:
    try:
        library = ctypes.CDLL(None)
    except (OSError, TypeError):  # Windows
        return None
    if not hasattr(library, "gnu_get_libc_version"):
        return None
    function: ctypes._NamedFuncPointer = getattr(library, name)
    return function
