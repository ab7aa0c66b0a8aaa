"""Source keys as text: names that are not UTF-8 become valid Unicode, and come back exactly.

Python shows a file name whose bytes are not UTF-8 with lone surrogates, which neither Parquet nor JSON
can store. Such a name is written as ``bytes:`` and its bytes, those above 0x7F and the percent sign as
``%NN``. A name that already begins with ``bytes:`` is written that way too, so every key has one name.
"""

from __future__ import annotations

import os
from urllib.parse import unquote_to_bytes

PREFIX = "bytes:"


def key_of_name(name: str) -> str:
    r"""Return the key of a file name, valid Unicode whatever its bytes.

    Args:
        name: A name or relative path as :mod:`os` returns it, surrogates for bytes that are not UTF-8.

    Example:
        >>> key_of_name("cat/ü.png")
        'cat/ü.png'
        >>> key_of_name("cat/\udcff.png")
        'bytes:cat/%FF.png'
    """
    if _is_unicode(name) and not name.startswith(PREFIX):
        return name
    escaped = "".join(
        chr(byte) if byte < 0x80 and byte != 0x25 else f"%{byte:02X}"
        for byte in name.encode("utf-8", "surrogateescape")
    )
    return PREFIX + escaped


def name_of_key(key: str) -> str:
    r"""Return the file name that :func:`key_of_name` gave ``key`` for.

    Example:
        >>> name_of_key("bytes:cat/%FF.png")
        'cat/\udcff.png'
    """
    if not key.startswith(PREFIX):
        return key
    return unquote_to_bytes(key.removeprefix(PREFIX)).decode("utf-8", "surrogateescape")


def path_bytes(name: str) -> bytes:
    """Return the bytes that order a path: files come in the order of their path's bytes."""
    return os.fsencode(name)


def _is_unicode(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
