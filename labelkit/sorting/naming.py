"""Names in class folders: a file keeps its name; images that would meet are told apart by their content.

Decided in the plan and stable from run to run: who stands already keeps its name, and whether a newcomer is alone
depends on all images that want the name, not on which of them were placed before an interruption.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from labelkit.domain.names import name_key

_DIGEST_LENGTH = 8
_MAX_BYTES = 255


class Wish(NamedTuple):
    """One image that shall stand in a class folder.

    Attributes:
        image: index of the image.
        label: the class folder.
        path: POSIX path below its source; the base name is the name it wants.
        stands: the name it has in that class folder already, or empty.

    """

    image: int
    label: str
    path: str
    stands: str = ""


Taken = Mapping[tuple[str, str], str]
"""(label, name key) of files in class folders that labelkit did not put there, to their names."""


def assign_names(
    wishes: Sequence[Wish], *, taken: Taken, hash_of: Callable[[int], str], hash_of_taken: Callable[[str], str]
) -> dict[int, str]:
    """Name every image: index to base name.

    Args:
        wishes: all images that shall stand in class folders.
        taken: files in class folders that are nobody's.
        hash_of: SHA-256 of an image, 64 hexadecimal digits; asked only where names meet.
        hash_of_taken: the same of a taken file, by `label/name`.

    """
    names = {w.image: w.stands for w in wishes if w.stands}
    if len(names) == len(wishes):
        return names
    naturals = [w.path[w.path.rfind("/") + 1 :] for w in wishes]  # the base names that images have in their sources
    if not names and not taken and _all_differ(wishes, naturals):
        return {w.image: natural for w, natural in zip(wishes, naturals, strict=True)}
    used = {(w.label, name_key(w.stands)) for w in wishes if w.stands}
    keys = [(w.label, name_key(natural)) for w, natural in zip(wishes, naturals, strict=True)]
    for i, group in _in_groups(keys):
        key = keys[i]
        alone = len(group) == 1 and key not in used
        for wish, natural in [(wishes[k], naturals[k]) for k in group if not wishes[k].stands]:
            if alone and (key not in taken or _is_taken(wish, natural, taken[key], hash_of, hash_of_taken)):
                names[wish.image] = natural
                used.add(key)
            else:
                name = _distinct(wish, natural, used, taken, hash_of)
                names[wish.image] = name
                used.add((wish.label, name_key(name)))
    return names


def _all_differ(wishes: Sequence[Wish], naturals: Sequence[str]) -> bool:
    """Whether no two wish for one name: a million images then need no more than this one look."""
    keys = {f"{w.label}/{name_key(natural)}" for w, natural in zip(wishes, naturals, strict=True)}
    return len(keys) == len(wishes)


def _in_groups(keys: Sequence[tuple[str, str]]) -> Iterator[tuple[int, Sequence[int]]]:
    """(first index, all indices) of each key, in order of the first; nearly all stand alone."""
    several: dict[tuple[str, str], list[int]] = defaultdict(list)
    times = Counter(keys)
    if len(times) < len(keys):
        for i, key in enumerate(keys):
            if times[key] > 1:
                several[key].append(i)
    for i, key in enumerate(keys):
        group = several.get(key, (i,))
        if group[0] == i:
            yield i, group


def _is_taken(
    wish: Wish, name: str, there: str, hash_of: Callable[[int], str], hash_of_taken: Callable[[str], str]
) -> bool:
    """Whether the file that stands under the name already is taken for the image: the same name and content."""
    return there == name and hash_of_taken(f"{wish.label}/{there}") == hash_of(wish.image)


def _distinct(wish: Wish, name: str, used: set[tuple[str, str]], taken: Taken, hash_of: Callable[[int], str]) -> str:
    """The name with a short content hash; for one more copy of the same content, with one of its path as well."""
    by_content = _with(name, hash_of(wish.image)[:_DIGEST_LENGTH])
    key = (wish.label, name_key(by_content))
    if key not in used and taken.get(key) in {None, by_content}:
        return by_content
    path = wish.path.encode("utf-8", "surrogateescape")
    return _with(by_content, hashlib.sha256(path).hexdigest()[:_DIGEST_LENGTH])


def _with(name: str, digest: str) -> str:
    stem, suffix = posixpath.splitext(name)
    room = _MAX_BYTES - len(digest) - 1 - len(suffix.encode("utf-8", "surrogateescape"))
    raw = stem.encode("utf-8", "surrogateescape")
    if len(raw) > room:
        stem = raw[:room].decode("utf-8", "ignore")
    return f"{stem}-{digest}{suffix}"
