"""What rows without a file may have meant: a file of almost that name, or names written without their suffix."""

from __future__ import annotations

import posixpath
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from labelkit.domain.proposal import NearMiss
from labelkit.domain.table import Table
from labelkit.sorting.relaxed_names import same_name, same_number, same_stem

_ZEROS = "leading zeros"
_NUMBER = re.compile(r"\d+")
_STEPS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("upper and lower case, or character width", same_name),
    ("the suffix", same_stem),
    (_ZEROS, same_number),
)
"""What differs, and the key under which both names are the same; the first that finds exactly one image decides."""


def near_misses(images: Sequence[str], missing: Sequence[tuple[str, str]]) -> Iterator[NearMiss]:
    """The rows of `missing` that almost name an image.

    Args:
        images: image paths.
        missing: (place of the row, file as written).

    """
    if not missing:
        return
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


def pad_hint(near: Iterable[NearMiss]) -> str:
    """What finds the rows whose numbers lack zeros in front; empty when there are none, or they lack them unevenly."""
    short = [n for n in near if n.differs == _ZEROS]
    digits = {max(map(len, _NUMBER.findall(posixpath.basename(n.image))), default=0) for n in short}
    if len(digits) != 1:
        return ""
    first, rows = short[0], "1 row finds its image" if len(short) == 1 else f"{len(short):,} rows find their image"
    return f"{rows} with --pad-digits {digits.pop()} ('{first.written}' as '{posixpath.basename(first.image)}')"


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
