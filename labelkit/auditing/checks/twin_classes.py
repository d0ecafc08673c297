"""Class names that are one name to a person, or on another file system."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from labelkit.auditing.evidence import Evidence
from labelkit.auditing.verdict import Verdict
from labelkit.domain.classes import number_of
from labelkit.domain.names import name_key


def twin_classes(evidence: Evidence) -> Iterator[Verdict]:
    """Names that differ only in case, composition, width, blanks or leading zeros."""
    met: dict[str, list[str]] = {}
    for name in evidence.class_map.classes:
        met.setdefault(_key(name), []).append(name)
    for names in met.values():
        if len(names) > 1:
            twins = sorted(names)
            told = " and ".join(f"'{n}'" for n in twins)
            yield Verdict(
                f"the class names {told} differ only in case, width, blanks or leading zeros",
                remedy="put their images into one folder if they are one class, else rename one",
                files=tuple(twins),
            )


def _key(name: str) -> str:
    plain = "".join(unicodedata.normalize("NFKC", name).split())
    value = number_of(plain)
    return name_key(plain) if value is None else str(value)
