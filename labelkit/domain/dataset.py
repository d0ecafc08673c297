"""A labeled set: which image is of which class, which side it is on, and what it must not be parted from."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from labelkit.domain.classes import ClassMap


@dataclass(frozen=True, slots=True)
class Dataset:
    """A labeled set: which image is of which class.

    Attributes:
        root: absolute path of the folder that the sample paths are relative to.
        class_map: the ordered classes.
        samples: (POSIX path relative to the root, class name), sorted by path.
        placed: whether the samples stand in class folders; False for originals that sort recorded with `--mode none`.
        part_of: path of each sample to train, validation or test, where part folders or a recorded split say so; else
            empty.
        group_of: path to the name of the group that a sample must not be parted from; others stand alone.

    """

    root: str
    class_map: ClassMap
    samples: tuple[tuple[str, str], ...]
    placed: bool = True
    part_of: Mapping[str, str] = field(default_factory=dict)
    group_of: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def counts(self) -> dict[str, int]:
        """Images of each class, in the order of the class map."""
        found = Counter(name for _, name in self.samples)
        return {name: found[name] for name in self.class_map.classes}

    def part(self, samples: Sequence[tuple[str, str]]) -> Dataset:
        """Some of the samples, in the order given, under the same class map."""
        return replace(self, samples=tuple(samples))


def data_digest_of(rows: Iterable[tuple[str, str, str]]) -> str:
    """SHA-256 over (path, class, SHA-256 of the content) of every sample, sorted by path: which set it is."""
    whole = hashlib.sha256()
    for path, name, content in sorted(rows):
        whole.update(f"{path}\0{name}\0{content}\n".encode("utf-8", "surrogateescape"))
    return whole.hexdigest()
