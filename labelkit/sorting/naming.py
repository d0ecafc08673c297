"""Names in class folders: a file keeps its name; images that would meet are told apart by their content.

Decided in the plan and stable from run to run: who stands already keeps its name, and whether a newcomer is alone
depends on all images that want the name, not on which of them were placed before an interruption.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from labelkit.domain.names import name_key

_DIGEST_LENGTH = 8
_MAX_BYTES = 255


@dataclass(frozen=True, slots=True)
class Wish:
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
    groups: dict[tuple[str, str], list[Wish]] = defaultdict(list)
    for wish in wishes:
        groups[(wish.label, name_key(posixpath.basename(wish.path)))].append(wish)
    names = {w.image: w.stands for w in wishes if w.stands}
    used = {(w.label, name_key(w.stands)) for w in wishes if w.stands}
    for (label, key), group in groups.items():
        new = [w for w in group if not w.stands]
        alone = len(group) == 1 and (label, key) not in used
        for wish in new:
            natural = posixpath.basename(wish.path)
            if alone and _free(wish, natural, taken, hash_of, hash_of_taken):
                name = natural
            else:
                name = _distinct(wish, natural, used, taken, hash_of)
            names[wish.image] = name
            used.add((label, name_key(name)))
    return names


def _free(
    wish: Wish, name: str, taken: Taken, hash_of: Callable[[int], str], hash_of_taken: Callable[[str], str]
) -> bool:
    """Whether nobody stands under the name, or one with the very same content does."""
    there = taken.get((wish.label, name_key(name)))
    if there is None:
        return True
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
