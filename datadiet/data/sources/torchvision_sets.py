"""The data sets of torchvision, by name; nothing is fetched unless asked for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from datadiet.config import DataConfig
from datadiet.data.sources.cifar import CIFAR_SETS, cifar_source
from datadiet.data.sources.mapped import MappedSource
from datadiet.data.sources.record import Source
from datadiet.errors import SourceError

DEFAULT_ROOT = "data"  # folder that sets are looked for in where no data root is named


@dataclass(frozen=True)
class _Set:
    """A class of torchvision.datasets, and how it names its training and test part."""

    class_name: str
    train: dict[str, Any]
    test: dict[str, Any] | None


def _flag(class_name: str) -> _Set:
    return _Set(class_name, {"train": True}, {"train": False})


def _named(class_name: str, train: str = "train", test: str = "test") -> _Set:
    return _Set(class_name, {"split": train}, {"split": test})


SETS = {
    "mnist": _flag("MNIST"),
    "fashion-mnist": _flag("FashionMNIST"),
    "kmnist": _flag("KMNIST"),
    "qmnist": _flag("QMNIST"),
    "usps": _flag("USPS"),
    "svhn": _named("SVHN"),
    "stl10": _named("STL10"),
    "gtsrb": _named("GTSRB"),
    "food101": _named("Food101"),
    "dtd": _named("DTD"),
    "flowers102": _named("Flowers102"),
    "oxford-iiit-pet": _named("OxfordIIITPet", train="trainval"),
    "fgvc-aircraft": _named("FGVCAircraft", train="trainval"),
    "country211": _named("Country211"),
    "imagenette": _named("Imagenette", test="val"),
    "eurosat": _Set("EuroSAT", {}, None),
    "caltech101": _Set("Caltech101", {}, None),
}


def set_name(text: str) -> str | None:
    """Return the torchvision name that ``text`` is a spelling of, or None.

    Example:
        >>> set_name("FashionMNIST"), set_name("cifar-10"), set_name("my_pictures")
        ('fashion-mnist', 'cifar10', None)
    """
    plain = re.sub(r"[-_ ]", "", text.lower())
    known = {name.replace(r"-", ""): name for name in (*SETS, *CIFAR_SETS)}
    return known.get(plain)


def torchvision_source(name: str, config: DataConfig) -> Source:
    """Return the data set ``name``, its own test part as test split.

    Raises:
        SourceError: It is not under the data root and was not to be downloaded, or cannot be read.
    """
    root = Path(config.data_root) if config.data_root is not None else Path(DEFAULT_ROOT)
    if name in CIFAR_SETS:
        return cifar_source(name, root, is_fetched=config.download)
    known = SETS[name]
    make = _maker(known.class_name)
    train = _made(make, name, root, config, known.train)
    test = None if known.test is None else _made(make, name, root, config, known.test)
    source = MappedSource(train, test=test, name=name)
    source.kind = "torchvision"
    return source


def _maker(class_name: str) -> Callable[..., Any]:
    # by name, so that the import rules can hold that this room is loaded without torch
    return getattr(import_module("torchvision.datasets"), class_name)  # type: ignore[no-any-return]


def _made(make: Callable[..., Any], name: str, root: Path, config: DataConfig, part: dict[str, Any]) -> Any:
    try:
        return make(str(root), download=config.download, **part)
    except Exception as error:  # torchvision raises many kinds for an absent or damaged set
        hint = "" if config.download else " Name its folder with --data-root, or pass --download to fetch it."
        raise SourceError(
            f"torchvision cannot read {name} under {root}: {' '.join(str(error).split())[:200]}.{hint}"
        ) from None
