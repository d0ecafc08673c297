"""Values as rows of the SQLite ledger and back; each row ends in a seal that tells damage."""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b

from labelkit.domain.decisions import Decided, DecidedBy, Decision, ImageKey, State
from labelkit.domain.placing import Action, Change, Mode, Placement, Stamp, Step
from labelkit.storage.ledger import Intent

Cell = str | bytes | int | None
"""What a column holds."""

Row = tuple[Cell, ...]

SCHEMA_VERSION = 2

_compact = json.JSONEncoder(separators=(",", ":")).encode

_ENCODING, _ERRORS = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()
"""What `os.fsencode` encodes with; a sort asks for it several times an image."""

_STAMPS = struct.Struct("<QqqQQqqQ")
"""Two stamps; sizes and inodes have no sign, times before 1970 do."""

_new = tuple.__new__
"""Makes a named tuple, of as many values as it has names, in half the time of its class: for millions of rows."""

_STATES: Mapping[Cell, State] = {s.value: s for s in State}
_DECIDED_BY: Mapping[Cell, DecidedBy] = {by.value: by for by in DecidedBy}
_MODES: Mapping[Cell, Mode] = {m.value: m for m in Mode}

TABLES = {
    "meta": ("key TEXT PRIMARY KEY", "value"),
    "roots": ("id INTEGER PRIMARY KEY", "path BLOB UNIQUE"),
    "runs": ("seq INTEGER PRIMARY KEY", "id TEXT UNIQUE", "started", "mode", "arguments", "counts", "takes_back"),
    "decisions": (
        *("seq INTEGER PRIMARY KEY", "run INTEGER", "root INTEGER", "path BLOB"),
        *("state", "label", "decided_by", "name", "why", "rests_on BLOB"),
    ),
    "inputs": ("seq INTEGER PRIMARY KEY", "votes", "row_values", "features"),
    "placements": ("root INTEGER", "path BLOB", "target BLOB", "mode", "sha256", "stamps BLOB"),
    "intents": (
        *("root INTEGER", "path BLOB"),
        *("mode", "temporary", "action", "stamp", "target BLOB", "before BLOB", "sha256", "run"),
    ),
    "changes": (
        *("seq INTEGER PRIMARY KEY", "run INTEGER", "root INTEGER", "path BLOB"),
        *("action", "before BLOB", "target BLOB", "mode", "sha256"),
    ),
}
"""Table to its columns, the key first, without the seal.

What a decision rests on stands in a table of its own under the decision's key: a sort that changes nothing reads none
of it, for `rests_on` tells whether anything is new. The stamps of a placement are 64 bytes: for the source, then for
the placed file, size, mtime, ctime and inode.
"""

ONE_AN_IMAGE = frozenset(["placements", "intents"])
"""Tables whose key is the image, by root and path: SQLite keeps each as one tree, which takes half the writing."""

KEYED = ONE_AN_IMAGE | {"meta", "inputs"}
"""Tables whose key is said by who writes and is sealed with the rest."""


def columns(table: str) -> list[str]:
    """The names of a table's columns, the key first, the seal last."""
    return [*(c.partition(" ")[0] for c in TABLES[table]), "seal"]


def sealed(values: Sequence[Cell]) -> Row:
    """The values with their seal: the first 8 bytes of BLAKE2b over their ASCII representation."""
    return (*values, blake2b(ascii(tuple(values)).encode()).digest()[:8])


def first_damaged(found: Iterable[Row], *, keyed: bool) -> Row | None:
    """The first row whose seal at its end does not belong to the values before it; None when all are whole."""
    start = 0 if keyed else 1
    return next((r for r in found if blake2b(ascii(r[start:-1]).encode()).digest()[:8] != r[-1]), None)


def text_cell(text: str) -> Cell:
    """A text as a column value; one with unpaired surrogates, which SQLite cannot hold as text, as bytes."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
    return text


def text(cell: Cell) -> str:
    """The text of a column value."""
    return cell.decode("utf-8", "surrogatepass") if isinstance(cell, bytes) else str(cell)


def path_cell(path: str) -> bytes:
    """A path as the bytes that the file system knows."""
    return path.encode(_ENCODING, _ERRORS)


def path(cell: Cell) -> str:
    """The path of a column value."""
    return cell.decode(_ENCODING, _ERRORS) if isinstance(cell, bytes) else str(cell)


def decision_row(key: int, run: Cell, root: Cell, d: Decision) -> Row:
    """A decision, sealed but for its key, which comes first, without what it rests on."""
    state, label, by, name, why, rests_on = d.decided
    said = (None if label is None else text_cell(label), by.value, text_cell(name), text_cell(why), rests_on)
    return (key, *sealed((run, root, path_cell(d.image.path), state.value, *said)))


def inputs_row(key: int, d: Decision) -> Row:
    """What a decision rests on, sealed with the decision's key."""
    features = _compact(d.features) if d.features else "{}"
    return sealed((key, _votes(d.votes), _compact(_values(d)), features))


@lru_cache(maxsize=1024)
def _votes(votes: tuple[tuple[str, str], ...]) -> str:
    """Votes as JSON; most images share theirs with many others."""
    return _compact(votes)


def decided(found: Iterable[Row], roots: Mapping[Cell, str]) -> Iterator[tuple[ImageKey, Decided]]:
    """What whole rows of decisions say of which image."""
    for _, _, root, where, state, label, by, name, why, rests_on, _ in found:
        said = (
            _STATES[state],
            label if label is None or type(label) is str else text(label),
            _DECIDED_BY[by],
            name if type(name) is str else text(name),
            why if type(why) is str else text(why),
            rests_on if type(rests_on) is bytes else b"",
        )
        yield _new(ImageKey, (roots[root], path(where))), _new(Decided, said)


def decision(root: str, row: Sequence[Cell], inputs: Sequence[Cell]) -> Decision:
    """The decision of a row, from its path on, and of its inputs, from the votes on."""
    [(_, d)] = decided([(None, None, None, *row)], {None: root})
    votes, values, features = inputs[:3]
    kept = json.loads(text(values))
    places, first, *more = kept if isinstance(kept, list) else ((), kept)
    return Decision(
        *(ImageKey(root, path(row[0])), d.state, d.label, d.by, d.name, d.why),
        tuple([(source, said) for source, said in json.loads(text(votes))]),
        first,
        json.loads(text(features)),
        tuple(more),
        tuple(places),
    )


def _values(d: Decision) -> list[object] | dict[str, str]:
    """The rows of a decision: `[places, cells, cells, ...]`; the cells of one row alone where no place is known."""
    return [d.places, d.row, *d.more_rows] if d.places or d.more_rows else d.row


def placement_row(root: Cell, p: Placement) -> Row:
    """A placement, sealed."""
    stamps = _STAMPS.pack(*p.source_stamp, *p.placed_stamp)
    return sealed((root, path_cell(p.image.path), path_cell(p.target), p.mode.value, p.sha256, stamps))


def placements(found: Iterable[Row], roots: Mapping[Cell, str]) -> Iterator[Placement]:
    """The placements of whole rows."""
    for root, where, target, mode, sha256, stamps, _ in found:
        both = _STAMPS.unpack(stamps if type(stamps) is bytes else b"")
        key = _new(ImageKey, (roots[root], path(where)))
        yield _new(Placement, (key, path(target), _MODES[mode], str(sha256), both[:4], both[4:]))


def intent_row(root: Cell, intent: Intent) -> Row:
    """An intent, sealed."""
    s = intent.step
    names = (path_cell(s.target), path_cell(s.before))
    head = (root, path_cell(s.image.path), intent.mode.value, intent.temporary, s.action.value)
    return sealed((*head, _stamp_cell(s.stamp), *names, s.sha256, intent.run))


def intent(root: str, row: Sequence[Cell]) -> Intent:
    """The intent of a row, from its path on."""
    where, mode, temporary, action, stamp, target, before, sha256, run = row[:9]
    step = Step(
        Action(text(action)), ImageKey(root, path(where)), _stamp(stamp), path(target), path(before), text(sha256)
    )
    return Intent(step, Mode(text(mode)), text(temporary), text(run))


def change_row(run: Cell, root: Cell, c: Change) -> Row:
    """A change, sealed, without its key."""
    names = (path_cell(c.before), path_cell(c.target))
    return sealed((run, root, path_cell(c.image.path), c.action.value, *names, c.mode.value, c.sha256))


def change(run: str, root: str, row: Sequence[Cell]) -> Change:
    """The change of a row, from its path on."""
    where, action, before, target, mode, sha256 = row[:6]
    key = ImageKey(root, path(where))
    return Change(run, key, Action(text(action)), path(before), path(target), Mode(text(mode)), text(sha256))


def _stamp_cell(stamp: Stamp) -> str:
    size, mtime, ctime, inode = stamp
    return f"{size} {mtime} {ctime} {inode}"


def _stamp(cell: Cell) -> Stamp:
    size, mtime, ctime, inode = text(cell).split()
    return (int(size), int(mtime), int(ctime), int(inode))
