"""Values as rows of the SQLite ledger and back; each row ends in a seal that tells damage."""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import groupby

from labelkit.domain.decisions import Decided, DecidedBy, Decision, ImageKey, State
from labelkit.domain.placing import Action, Change, Mode, Placement, RunRecord, Step
from labelkit.domain.split import Assigned
from labelkit.storage.ledger import Intent

Cell = str | bytes | int | None
"""What a column holds."""

Row = tuple[Cell, ...]

SCHEMA_VERSION = 3

_compact = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_quoted = json.encoder.encode_basestring_ascii

_ENCODING, _ERRORS = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()
"""What `os.fsencode` encodes with; a sort asks for it several times an image."""

_STAMPS = struct.Struct("<QqqQQqqQ")
"""Two stamps; sizes and inodes have no sign, times before 1970 do."""

_new = tuple.__new__
"""Makes a named tuple, of as many values as it has names, in half the time of its class: for millions of rows."""

_STATES: Mapping[Cell, State] = {s.value: s for s in State}
_DECIDED_BY: Mapping[Cell, DecidedBy] = {by.value: by for by in DecidedBy}
_MODES: Mapping[Cell, Mode] = {m.value: m for m in Mode}
_MODE_CELLS: Mapping[Mode, Cell] = {m: m.value for m in Mode}
_STATE_CELLS: Mapping[State, Cell] = {s: s.value for s in State}
_DECIDED_BY_CELLS: Mapping[DecidedBy, Cell] = {by: by.value for by in DecidedBy}
"""Python 3.11 takes ten times as long to ask an enum for its value."""

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
    "intents": ("key INTEGER PRIMARY KEY", "run", "mode", "steps"),
    "changes": (
        *("seq INTEGER PRIMARY KEY", "run INTEGER", "root INTEGER", "path BLOB"),
        *("action", "before BLOB", "target BLOB", "mode", "sha256"),
    ),
    "parts": ("seq INTEGER PRIMARY KEY", "path BLOB", "sha256", "label", "grouped", "part"),
}
"""Table to its columns, the key first, without the seal.

What a decision rests on stands in a table of its own under the decision's key: a sort that changes nothing reads none
of it, for `rests_on` tells whether anything is new. The stamps of a placement are 64 bytes: for the source, then for
the placed file, size, mtime, ctime and inode. All intents of a batch stand in one row, as JSON: they are written
and read together.
"""

ONE_AN_IMAGE = frozenset(["placements"])
"""Tables whose key is the image, by root and path: SQLite keeps each as one tree, which takes half the writing."""

KEYED = ONE_AN_IMAGE | {"meta", "inputs", "intents"}
"""Tables whose key is said by who writes and is sealed with the rest."""


def columns(table: str) -> list[str]:
    """The names of a table's columns, the key first, the seal last."""
    return [*(c.partition(" ")[0] for c in TABLES[table]), "seal"]


def sealed(values: Row) -> Row:
    """The values with their seal: the first 8 bytes of BLAKE2b over their ASCII representation."""
    return (*values, blake2b(ascii(values).encode()).digest()[:8])


def first_damaged(found: Iterable[Row], *, keyed: bool) -> Row | None:
    """The first row whose seal at its end does not belong to the values before it; None when all are whole."""
    start = 0 if keyed else 1
    for row in found:  # a plain loop: it runs twice an image in a sort that changes nothing
        if blake2b(ascii(row[start:-1]).encode()).digest()[:8] != row[-1]:
            return row
    return None


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


def run_row(run: RunRecord) -> Row:
    """A run, sealed, without its key."""
    said = (text_cell(run.arguments), text_cell(run.counts))
    return sealed((run.id, run.started, run.mode.value, *said, run.takes_back))


def run(row: Sequence[Cell]) -> RunRecord:
    """The run of a row, from its id on."""
    name, started, mode, arguments, counts, takes_back = (text(cell) for cell in row[:6])
    return RunRecord(name, started, Mode(mode), arguments, counts, takes_back)


def decision_row(key: int, run: Cell, root: Cell, d: Decision) -> Row:
    """A decision, sealed but for its key, which comes first, without what it rests on."""
    state, label, by, name, why, rests_on = d.decided
    said = (None if label is None else text_cell(label), _DECIDED_BY_CELLS[by], text_cell(name), text_cell(why))
    return (key, *sealed((run, root, path_cell(d.image.path), _STATE_CELLS[state], *said, rests_on)))


def inputs_row(key: int, d: Decision) -> Row:
    """What a decision rests on, sealed with the decision's key."""
    features = _compact(dict(d.features)) if d.features else "{}"
    return sealed((key, _votes(d.votes), _values(d), features))


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
        own = where.decode(_ENCODING, _ERRORS) if type(where) is bytes else str(where)
        yield _new(ImageKey, (roots[root], own)), _new(Decided, said)


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


def _values(d: Decision) -> str:
    """The rows of a decision as JSON: `[places, cells, cells, ...]`; those of one row alone where no place is known."""
    row = _cells(d.row)
    if not d.places and not d.more_rows:
        return row
    return f"[[{','.join(map(_quoted, d.places))}],{','.join([row, *map(_cells, d.more_rows)])}]"


def _cells(row: Mapping[str, str]) -> str:
    """A row as JSON, in half the time that `json` takes to set out for one so small."""
    return f"{{{','.join([f'{_quoted(name)}:{_quoted(cell)}' for name, cell in row.items()])}}}"


def placement_row(root: Cell, p: Placement) -> Row:
    """A placement, sealed."""
    stamps = _STAMPS.pack(*p.source_stamp, *p.placed_stamp)
    where, target = path_cell(p.image.path), path_cell(p.target)
    return sealed((root, where, target, _MODE_CELLS[p.mode], p.sha256, stamps))


def placements(found: Iterable[Row], roots: Mapping[Cell, str]) -> Iterator[Placement]:
    """The placements of whole rows."""
    for root, where, target, mode, sha256, stamps, _ in found:
        both = _STAMPS.unpack(stamps if type(stamps) is bytes else b"")
        own = where.decode(_ENCODING, _ERRORS) if type(where) is bytes else str(where)
        stands = target.decode(_ENCODING, _ERRORS) if type(target) is bytes else str(target)
        key = _new(ImageKey, (roots[root], own))
        yield _new(Placement, (key, stands, _MODES[mode], str(sha256), both[:4], both[4:]))


def intent_rows(batch: Iterable[Intent], *, key: int) -> Iterator[Row]:
    """A batch that is under way, sealed: a row for each run and mode, which is one as a rule; keyed from `key` on."""
    for k, ((run, mode), some) in enumerate(groupby(batch, key=_run_and_mode), start=key):
        steps = _compact([(*step, temporary) for step, _, temporary, _ in some])
        yield sealed((k, text_cell(run), _MODE_CELLS[mode], steps))


def _run_and_mode(intent: Intent) -> tuple[str, Mode]:
    return intent.run, intent.mode


def intents(row: Row) -> Iterator[Intent]:
    """The intents of a row."""
    _, run, mode, steps = row[:4]
    for action, (root, where), stamp, target, before, sha256, temporary in json.loads(text(steps)):
        size, mtime, ctime, inode = stamp
        step = Step(Action(action), ImageKey(root, where), (size, mtime, ctime, inode), target, before, sha256)
        yield Intent(step, _MODES[mode], temporary, text(run))


def change_row(run: Cell, root: Cell, c: Change) -> Row:
    """A change, sealed, without its key."""
    names = (path_cell(c.before), path_cell(c.target))
    return sealed((run, root, path_cell(c.image.path), c.action.value, *names, c.mode.value, c.sha256))


def placed_row(run: Cell, root: Cell, p: Placement) -> Row:
    """The change of an image that was placed, sealed, without its key; as `change_row` of it."""
    names = (path_cell(p.image.path), "place", b"", path_cell(p.target))
    return sealed((run, root, *names, _MODE_CELLS[p.mode], p.sha256))


def change(run: str, root: str, row: Sequence[Cell]) -> Change:
    """The change of a row, from its path on."""
    where, action, before, target, mode, sha256 = row[:6]
    key = ImageKey(root, path(where))
    return Change(run, key, Action(text(action)), path(before), path(target), Mode(text(mode)), text(sha256))


def part_row(a: Assigned) -> Row:
    """An assignment to a part, sealed, without its key."""
    return sealed((path_cell(a.path), a.sha256, text_cell(a.label), text_cell(a.group), a.part))


def part(row: Sequence[Cell]) -> Assigned:
    """The assignment of a row, from its path on."""
    where, sha256, label, group, found = row[:5]
    return Assigned(path(where), text(sha256), text(label), text(group), text(found))
