"""Find images for rows whose file is not there as written: other case, other suffix, digits to be padded."""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from labelkit.domain.formats import has_image_suffix
from labelkit.domain.names import name_key

CASE = "a name in another case or Unicode form"
SUFFIX = "a name with another suffix"
NO_SUFFIX = "a name without its suffix"
DIGITS = "padded digits"

_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Found:
    """A row's image, and the step that found it."""

    row: int
    image: int
    step: str


def same_name(name: str) -> str:
    """The key under which two names differ in case, width or Unicode form only."""
    return name.lower().rstrip(". ") if name.isascii() else name_key(unicodedata.normalize("NFKC", name))


def same_stem(name: str) -> str:
    """The same for names without their suffix."""
    return same_name(posixpath.splitext(name)[0])


def same_number(name: str) -> str:
    """The same, without an image suffix, where zeros in front of digits do not count either."""
    return _DIGITS.sub(lambda digits: digits[0].lstrip("0") or "0", same_name_and_stem(name))


def find_relaxed(
    paths: Sequence[str], lost: Sequence[tuple[int, str]], *, owned: Collection[int], pad_digits: int = 0
) -> Iterator[Found]:
    """The images that rows may mean whose file is not there as written; each step only where it is unique.

    A name in another case means the same file as one written rightly (Windows). Another suffix may be another file: it
    counts only for an image that no row names, and that no second written name claims.

    Args:
        paths: of all images.
        lost: (row, name as written) without an image.
        owned: indices of the images that rows name as they are called.
        pad_digits: numbers in names are written with so many digits; 0: as the table writes them.

    """
    left = [(row, name) for row, name in lost if name]
    taken = set(owned)
    for step, key, fits in _steps(pad_digits):
        found = dict(_unique(paths, left, key, fits))
        if step != CASE:
            found = _claimed_once(found, dict(left), taken)
        yield from (Found(row, image, step) for row, image in found.items())
        taken.update(found.values())
        left = [(row, name) for row, name in left if row not in found]


Fits = Callable[[str, str], bool]


def _steps(pad_digits: int) -> Iterator[tuple[str, Callable[[str], str], Fits]]:
    yield CASE, same_name, lambda _written, _path: True
    yield SUFFIX, same_stem, lambda written, _path: has_image_suffix(written)
    yield NO_SUFFIX, same_name_and_stem, lambda written, _path: not has_image_suffix(written)
    if pad_digits:
        yield DIGITS, same_number, lambda written, path: _padded(written, path, pad_digits)


def same_name_and_stem(name: str) -> str:
    """The key of a whole written name, and of an image's name without its image suffix."""
    return same_stem(name) if has_image_suffix(name) else same_name(name)


def _padded(written: str, path: str, digits: int) -> bool:
    """Whether every number that the image writes with more digits has exactly so many of them."""
    stems = (posixpath.splitext(posixpath.basename(name))[0] for name in (written, path))
    pairs = zip(*(_DIGITS.findall(stem) for stem in stems), strict=False)
    return all(ours == theirs or len(theirs) == digits for ours, theirs in pairs)


def _unique(
    paths: Sequence[str], left: Sequence[tuple[int, str]], key: Callable[[str], str], fits: Fits
) -> Iterator[tuple[int, int]]:
    """(row, image) where one image alone has the key of the whole written path, or else of its last part."""
    if not left:
        return
    wanted = {key(name) for _, name in left} | {key(posixpath.basename(name)) for _, name in left}
    by_path, by_base = _index(paths, wanted, key)
    for row, name in left:
        found = by_path.get(key(name)) or by_base.get(key(posixpath.basename(name)), [])
        if len(found) == 1 and fits(name, paths[found[0]]):
            yield row, found[0]


def _index(
    paths: Sequence[str], wanted: Collection[str], key: Callable[[str], str]
) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    by_path: dict[str, list[int]] = defaultdict(list)
    by_base: dict[str, list[int]] = defaultdict(list)
    for i, path in enumerate(paths):
        whole, base = key(path), key(posixpath.basename(path))
        if whole in wanted:
            by_path[whole].append(i)
        if base in wanted:
            by_base[base].append(i)
    return by_path, by_base


def _claimed_once(found: Mapping[int, int], written: Mapping[int, str], taken: Collection[int]) -> dict[int, int]:
    """Without images that rows name already, or that two different written names claim."""
    names: dict[int, set[str]] = defaultdict(set)
    for row, image in found.items():
        names[image].add(written[row])
    return {row: image for row, image in found.items() if image not in taken and len(names[image]) == 1}
