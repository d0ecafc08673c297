"""What rows without a file may have meant: a file of almost that name, or names written without their suffix."""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence

from labelkit.domain.names import name_key
from labelkit.domain.proposal import NearMiss
from labelkit.domain.table import Table

_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")


def _same_name(name: str) -> str:
    return name_key(unicodedata.normalize("NFKC", name))


def _same_stem(name: str) -> str:
    return _same_name(posixpath.splitext(name)[0])


def _same_number(name: str) -> str:
    return _ZEROS.sub("", _same_stem(name))


_STEPS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("upper and lower case, or character width", _same_name),
    ("the suffix", _same_stem),
    ("leading zeros", _same_number),
)
"""What differs, and the key under which both names are the same; the first that finds exactly one image decides."""


def near_misses(images: Sequence[str], missing: Sequence[tuple[str, str]]) -> Iterator[NearMiss]:
    """The rows of `missing` that almost name an image.

    Args:
        images: image paths.
        missing: (place of the row, file as written).

    """
    bases = [(posixpath.basename(image), image) for image in images]
    indices = [(differs, key, _index(bases, key)) for differs, key in _STEPS]
    for place, written in missing:
        base = posixpath.basename(written)
        for differs, key, by_key in indices:
            found = by_key.get(key(base), [])
            if base and len(found) == 1:
                yield NearMiss(place, written, found[0], differs)
                break


def _index(bases: Sequence[tuple[str, str]], key: Callable[[str], str]) -> dict[str, list[str]]:
    out: dict[str, list[str]] = defaultdict(list)
    for base, image in bases:
        out[key(base)].append(image)
    return out


def stem_template(images: Sequence[str], table: Table) -> str | None:
    """A template over the column that names images without their suffix, as `{serial}.jpg`; None when none does."""
    stems = {posixpath.splitext(posixpath.basename(image)) for image in images}
    by_stem = dict(sorted(stems))
    hits = {name: _suffixes(cells, by_stem) for name, cells in table.columns.items() if not set(name) & set("{}")}
    best = max(hits, key=lambda name: hits[name].total(), default="")
    if not best or not hits[best]:
        return None
    return f"{{{best}}}{hits[best].most_common(1)[0][0]}"


def _suffixes(cells: Sequence[str], by_stem: dict[str, str]) -> Counter[str]:
    """Suffixes of the images that the cells name, counted."""
    return Counter(by_stem[cell.strip()] for cell in cells if by_stem.get(cell.strip()))
