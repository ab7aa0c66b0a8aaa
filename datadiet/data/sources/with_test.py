"""A source and a second one that is its test split."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256

from datadiet.data.sources.record import Source, SourceRecord
from datadiet.errors import SourceError


class WithTest:
    """Two sources as one; keys of the test part begin with ``test:``.

    Of the test source its own test split is taken, or all of it where it has none.
    """

    def __init__(self, train: Source, test: Source) -> None:
        self._train, self._test = train, test
        self.name, self.kind = train.name, train.kind
        self.class_names = train.class_names
        self._test_has_split = any(record.split == "test" for record in test.records())
        if self.class_names is not None:
            self._check_classes(self.class_names)
        part = "its test split" if self._test_has_split else "all of it"
        self.rules = [*train.rules, f"The test split is {test.name}, {part}; its keys begin with 'test:'."]
        self.problems = [
            *train.problems,
            *(replace(problem, source_key=f"test:{problem.source_key}") for problem in test.problems),
        ]

    def _check_classes(self, names: list[str]) -> None:
        unknown = [name for name in self._test.class_names or [] if name not in set(names)]
        if unknown:
            raise SourceError(
                f"The test source {self._test.name} has a class {unknown[0]!r} that "
                f"{self.name} does not have."
            )

    def signature(self) -> str:
        """Return a hash of both."""
        return sha256(f"{self._train.signature()} {self._test.signature()}".encode()).hexdigest()[:32]

    def records(self) -> Iterator[SourceRecord]:
        """Yield the first source's records, then the test source's.

        Raises:
            SourceError: The first source has a test split of its own.
        """
        count = 0
        for record in self._train.records():
            if record.split == "test":
                raise SourceError(
                    f"{self.name} has a test split of its own; leave --test-source out, "
                    "or name its training part."
                )
            count = record.position + 1
            yield replace(record, split=record.split or "train")
        names = self._test.class_names
        index = {name: number for number, name in enumerate(self.class_names or [])}
        for record in self._test.records():
            if self._test_has_split and record.split != "test":
                continue
            yield replace(
                record,
                position=count,
                split="test",
                source_key=f"test:{record.source_key}",
                label=_translated(record.label, names, index),
                true_label=None
                if record.true_label is None
                else _translated(record.true_label, names, index),
            )
            count += 1


def _translated(label: int | str, names: list[str] | None, index: dict[str, int]) -> int | str:
    name = names[label] if names is not None and isinstance(label, int) else label
    return index[name] if isinstance(name, str) and index else name
