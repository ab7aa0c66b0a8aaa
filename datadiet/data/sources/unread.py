"""Which settings each kind of source reads, so that none that is given is ignored."""

from __future__ import annotations

from collections.abc import Sequence

from datadiet.config import DataConfig
from datadiet.data.sources.record import Source
from datadiet.errors import ConfigError

_TABLES = ("manifest", "parquet")
READ_BY = {  # setting: the kinds of source that read it; every kind reads what is not named here
    "image_column": _TABLES,
    "label_column": _TABLES,
    "true_label_column": _TABLES,
    "split_column": _TABLES,
    "id_column": _TABLES,
    "group_column": _TABLES,
    "data_root": ("torchvision", "manifest"),
    "download": ("torchvision",),
}
_SPOKEN = {
    "digits": "the built-in digits",
    "torchvision": "a torchvision set",
    "folder": "an image folder",
    "manifest": "a manifest",
    "parquet": "an image Parquet",
    "npz": "an .npz",
    "arrays": "arrays",
    "dataset": "a data set object",
}


def refuse_unread(config: DataConfig, sources: Sequence[Source]) -> None:
    """Check that every setting that is given is read by one of ``sources``, the test source included.

    Raises:
        ConfigError: One is not; the sentence names it, the kind of the source, and the kinds that read it.
    """
    kinds = {source.kind for source in sources}
    for name, readers in READ_BY.items():
        value = getattr(config, name)
        if value is None or value is False or kinds & set(readers):
            continue
        option = f"--{name.replace('_', '-')}"
        given = option if value is True else f"{option} {value}"
        names = " and ".join(dict.fromkeys(f"{source.name} ({_spoken(source.kind)})" for source in sources))
        raise ConfigError(
            f"{given} (data.{name}) is not read for {names}; it is for "
            f"{' or '.join(_spoken(kind) for kind in readers)}. Leave it out."
        )


def _spoken(kind: str) -> str:
    return _SPOKEN.get(kind, kind)
