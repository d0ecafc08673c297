"""Values as rows of the SQLite ledger and back; each row ends in a seal that tells damage."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from hashlib import blake2b

from labelkit.domain.decisions import DecidedBy, Decision, ImageKey, State
from labelkit.domain.placing import Action, Change, Mode, Placement, Stamp, Step
from labelkit.storage.ledger import Intent

Cell = str | bytes | int | None
"""What a column holds."""

Row = tuple[Cell, ...]

SCHEMA_VERSION = 2

_compact = json.JSONEncoder(separators=(",", ":")).encode

TABLES = {
    "meta": ("key TEXT PRIMARY KEY", "value"),
    "roots": ("id INTEGER PRIMARY KEY", "path BLOB UNIQUE"),
    "runs": ("seq INTEGER PRIMARY KEY", "id TEXT UNIQUE", "started", "mode", "arguments", "counts", "takes_back"),
    "decisions": (
        *("seq INTEGER PRIMARY KEY", "run INTEGER", "root INTEGER", "path BLOB"),
        *("state", "label", "decided_by", "name", "why", "votes", "row_values", "features"),
    ),
    "placements": (
        *("seq INTEGER PRIMARY KEY", "root INTEGER", "path BLOB"),
        *("target BLOB", "mode", "sha256", "source_stamp", "placed_stamp"),
    ),
    "intents": (
        *("seq INTEGER PRIMARY KEY", "root INTEGER", "path BLOB"),
        *("mode", "temporary", "action", "stamp", "target BLOB", "before BLOB", "sha256", "run"),
    ),
    "changes": (
        *("seq INTEGER PRIMARY KEY", "run INTEGER", "root INTEGER", "path BLOB"),
        *("action", "before BLOB", "target BLOB", "mode", "sha256"),
    ),
}
"""Table to its columns, the key first, without the seal; stamps are texts, because an inode may need 64 bits."""


def columns(table: str) -> list[str]:
    """The names of a table's columns, the key first, the seal last."""
    return [*(c.partition(" ")[0] for c in TABLES[table]), "seal"]


def sealed(values: Sequence[Cell]) -> Row:
    """The values with their seal: BLAKE2b of 8 bytes over their ASCII representation."""
    return (*values, blake2b(ascii(tuple(values)).encode(), digest_size=8).digest())


def is_whole(values: Sequence[Cell]) -> bool:
    """Whether the seal at the end belongs to the values before it."""
    return sealed(values[:-1])[-1] == values[-1]


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
    return os.fsencode(path)


def path(cell: Cell) -> str:
    """The path of a column value."""
    return os.fsdecode(cell if isinstance(cell, bytes) else str(cell))


def decision_row(run: int, root: int, d: Decision) -> Row:
    """A decision, sealed, without its key."""
    label = None if d.label is None else text_cell(d.label)
    said = (text_cell(d.name), text_cell(d.why), _compact(d.votes), _compact(d.row), _compact(d.features))
    return sealed((run, root, path_cell(d.image.path), d.state.value, label, d.by.value, *said))


def decision(root: str, row: Sequence[Cell]) -> Decision:
    """The decision of a row, from its path on."""
    where, state, label, by, name, why, votes, values, features = row[:9]
    return Decision(
        ImageKey(root, path(where)),
        State(text(state)),
        None if label is None else text(label),
        DecidedBy(text(by)),
        text(name),
        text(why),
        tuple([(source, said) for source, said in json.loads(text(votes))]),
        json.loads(text(values)),
        json.loads(text(features)),
    )


def placement_row(root: int, p: Placement) -> Row:
    """A placement, sealed, without its key."""
    stamps = (_stamp_cell(p.source_stamp), _stamp_cell(p.placed_stamp))
    return sealed((root, path_cell(p.image.path), path_cell(p.target), p.mode.value, p.sha256, *stamps))


def placement(root: str, row: Sequence[Cell]) -> Placement:
    """The placement of a row, from its path on."""
    where, target, mode, sha256, source_stamp, placed_stamp = row[:6]
    return Placement(
        ImageKey(root, path(where)),
        path(target),
        Mode(text(mode)),
        text(sha256),
        _stamp(source_stamp),
        _stamp(placed_stamp),
    )


def intent_row(root: int, intent: Intent) -> Row:
    """An intent, sealed, without its key."""
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


def change_row(run: int, root: int, c: Change) -> Row:
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
