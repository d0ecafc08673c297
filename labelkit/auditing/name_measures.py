"""What file names tell: folder, shape, numbers, order, single words; words that spell a class are passed over."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from labelkit.auditing.measures import Measure, Origin, Value
from labelkit.domain.names import word_key

_WORDS = re.compile(r"[^\W\d_]+|\d+")
_DIGITS = re.compile(r"\d+")
_BETWEEN = re.compile(r"[\W_]+")
_FIELDS = 4
"""So many words from the start are looked at one by one."""

_NUMBERED_ANEW = 0.5
"""Share of the names of a class that occur in another class too, from which on each class has numbers of its own."""

_FOLDER = Measure("folder", "folder below the class", Origin.NAMED, False, ())
_SHAPE = Measure("name_shape", "shape of the name", Origin.NAMED, False, ())
_NUMBER = Measure("name_number", "number in the name", Origin.NAMED, True, (), None, "{:.0f}".format)
_ORDER = Measure("name_order", "order of the names", Origin.NAMED, True, (), None, "{:,.0f}".format)


def name_measures(
    below: Sequence[str], labels: Sequence[int], classes: Sequence[str]
) -> Iterator[tuple[Measure, list[Value]]]:
    """Each measure with its values, one an image.

    Numbers and order are passed over where names repeat from class to class: then each class was numbered anew, and
    the number of a larger class goes further without saying anything.

    Args:
        below: paths below the class folder.
        labels: index of each image's class.
        classes: their names.

    """
    yield _FOLDER, [path.rpartition("/")[0] for path in below]
    stems = _without_classes([path.rpartition("/")[2] for path in below], classes)
    yield _SHAPE, [_DIGITS.sub("#", stem) for stem in stems]
    words = [_WORDS.findall(stem.casefold())[:_FIELDS] for stem in stems]
    for i in range(_FIELDS):
        told = Measure(f"name_word_{i + 1}", f"word {i + 1} of the name", Origin.NAMED, False, ())
        yield told, [w[i] if i < len(w) else None for w in words]
    if not _numbered_anew(stems, labels):
        yield _NUMBER, [_last_number(stem) for stem in stems]
        yield _ORDER, _ranks(stems)


def _without_classes(names: Sequence[str], classes: Sequence[str]) -> list[str]:
    """The names without suffix, without words that spell a class, and with one kind of mark between the others."""
    spelled = {word_key(name) for name in classes}
    spelled -= {name for name in spelled if name.isdigit()}  # 60 may be a score, or the 60th image
    known: dict[str, bool] = {}

    def kept(found: re.Match[str]) -> str:
        word = found[0]
        if word not in known:
            known[word] = word_key(word) in spelled
        return "" if known[word] else word

    left = (_WORDS.sub(kept, name.rpartition(".")[0] or name) for name in names)
    return [_BETWEEN.sub("_", stem).strip("_") for stem in left]


def _numbered_anew(stems: Sequence[str], labels: Sequence[int]) -> bool:
    sizes = Counter(labels)
    pairs = set(zip(stems, labels, strict=True))
    owners = Counter(stem for stem, _ in pairs)
    shared = Counter(label for stem, label in pairs if owners[stem] > 1)
    smallest = min(sizes, key=lambda label: (sizes[label], label))
    return shared[smallest] >= _NUMBERED_ANEW * len({p for p in pairs if p[1] == smallest})


def _last_number(stem: str) -> Value:
    """The last run of digits; None for none, and for one too long to be a number of something."""
    found = _DIGITS.findall(stem)
    return float(found[-1]) if found and len(found[-1]) <= 15 else None  # noqa: PLR2004 - a double holds 15 digits


def _ranks(stems: Sequence[str]) -> list[Value]:
    """The place of each name among all of them, numbers in it counted as numbers; equal names share a place."""
    keys = {stem: [(len(w), w) if w.isdigit() else (0, w) for w in _pieces(stem)] for stem in stems}
    places = {stem: float(i) for i, stem in enumerate(sorted(keys, key=lambda stem: (keys[stem], stem)))}
    return [places[stem] for stem in stems]


def _pieces(stem: str) -> list[str]:
    """A name cut into digits without leading zeros, and what is between them."""
    return [w.lstrip("0") or "0" if w.isdigit() else w for w in re.split(r"(\d+)", stem) if w]
