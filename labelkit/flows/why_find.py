"""Which image a person means: a path of its file, of its place in base_dir, below its source, or its bare name."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from labelkit.domain.decisions import ImageKey
from labelkit.domain.errors import UsageError
from labelkit.domain.names import nearest, shown
from labelkit.domain.placing import is_own_file
from labelkit.flows.sort_scene import standing_in
from labelkit.storage.ledger import Ledger

Meant = ImageKey | str
"""An image of the ledger; or the path below base_dir of a file that labelkit did not place."""

_LISTED = 10
_COMPARED = 5000
"""Names that are compared with a mistyped one: more would take seconds."""
_LENGTHS_APART = 3


def find_image(given: str, base_dir: str, ledger: Ledger) -> Meant:
    """The image that `given` names; a file that labelkit did not place as its path below base_dir.

    Tried in this order, each step alone: a path of the file system, a path below base_dir or a source, a base name.

    Raises:
        UsageError: several images (lists them), or none (names the nearest).

    """
    here = ledger.placed_at(_below(_whole(given), base_dir))
    hits: set[Meant] = {*_in_sources(_whole(given), ledger), *([here] if here else [])}
    if not hits:
        stray = class_folder_file(given, base_dir)
        hits = {_dragged(stray, base_dir, ledger)} if stray and ledger.placed_at(stray) is None else set()
    if not hits:
        known = ledger.decided()
        hits = {*_by_path(_plain(given), ledger, known)} or {k for k in known if _base(k.path) == _base(_plain(given))}
        if not hits:
            raise _unknown(given, base_dir, known)
    if len(hits) > 1:
        raise _several(given, sorted(_told(h, base_dir) for h in hits))
    return hits.pop()


def class_folder_file(given: str, base_dir: str) -> str:
    """The path below base_dir of a file that stands in a class folder there; empty when `given` is none."""
    for path in (_whole(given), _whole(f"{base_dir}/{given}")):
        below = _below(path, base_dir)
        if "/" in below and not is_own_file(below) and os.path.lexists(path) and not path.is_dir():
            return below
    return ""


def _whole(given: str) -> Path:
    return Path(os.path.abspath(given))  # noqa: PTH100 - resolve() would follow links


def _plain(given: str) -> str:
    return os.path.normpath(given).replace(os.sep, "/")


def _base(path: str) -> str:
    return path.rpartition("/")[2]


def _below(path: Path, base_dir: str) -> str:
    """The POSIX path below base_dir; empty for what does not lie there."""
    return path.relative_to(base_dir).as_posix() if path.is_relative_to(base_dir) else ""


def _in_sources(path: Path, ledger: Ledger) -> Iterator[ImageKey]:
    """Images whose file this is: every folder above it may be a source."""
    for root in path.parents:
        key = ImageKey(str(root), path.relative_to(root).as_posix())
        if ledger.history(key):
            yield key


def _dragged(below: str, base_dir: str, ledger: Ledger) -> Meant:
    """The image that a person dragged to this place since the last sort; else the place itself."""
    dragged = standing_in(Path(base_dir), ledger.placements()).found.dragged
    return next((key for key, target in dragged.items() if target == below), below)


def _by_path(plain: str, ledger: Ledger, known: Iterable[ImageKey]) -> Iterator[ImageKey]:
    """Images of this path below their source, or placed under this path below base_dir."""
    yield from (k for k in known if k.path == plain)
    placed = ledger.placed_at(plain)
    if placed is not None:
        yield placed


def _told(hit: Meant, base_dir: str) -> str:
    return f"{base_dir}/{hit}" if isinstance(hit, str) else f"{hit.root}/{hit.path}"


def _several(given: str, told: list[str]) -> UsageError:
    more = [f"and {len(told) - _LISTED:,} more"] if len(told) > _LISTED else []
    listed = "\n".join(shown(t) for t in [*told[:_LISTED], *more])
    return UsageError(f"'{shown(given)}' names {len(told):,} images", remedy=f"{listed}\ngive one of these paths")


def _unknown(given: str, base_dir: str, known: Iterable[ImageKey]) -> UsageError:
    name = _base(_plain(given))
    alike = [k for k in known if abs(len(_base(k.path)) - len(name)) <= _LENGTHS_APART][:_COMPARED]
    by_name = {_base(k.path): k.path for k in sorted(alike, key=lambda k: (k.root, k.path))}
    hit = nearest(name, by_name)
    hint = f"did you mean '{shown(by_name[hit])}'? " if hit else ""
    remedy = f"{hint}give a path, a path below the source, or a name; another folder: --base-dir DIR"
    return UsageError(f"no sort into {shown(base_dir)} has seen an image '{shown(given)}'", remedy=remedy)
