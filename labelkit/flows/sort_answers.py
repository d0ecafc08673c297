"""Answers from files in a sort: a person's verdicts, now and of earlier sorts, and a model's predictions."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from labelkit.domain.decisions import Decided, DecidedBy, ImageKey
from labelkit.domain.errors import DataError
from labelkit.domain.predicted import PredictionsFile
from labelkit.domain.recorded_run import read_arguments
from labelkit.domain.rules import NamedRule, RuleFile, check_unique
from labelkit.domain.table import Table
from labelkit.domain.votes import VoteColumn, VoteKind
from labelkit.flows.sort_options import SortOptions
from labelkit.flows.sort_scene import Scene, Standing, located
from labelkit.plugins.sources import Sources
from labelkit.sorting.answers import GivenVotes, KnownLabels, check_agree, verdict_votes
from labelkit.sorting.by_hand import Answer, LastWord, last_word
from labelkit.sorting.matching import match
from labelkit.sorting.predicted import NO_PREDICTION, model_votes
from labelkit.storage.hashing import sha256_of
from labelkit.storage.ledger import Ledger
from labelkit.storage.metadata import read_metadata
from labelkit.storage.predictions_file import read_predictions

_LISTED = 5


@dataclass(frozen=True, slots=True)
class AnswerFiles:
    """The files of answers that a sort was given, read.

    Attributes:
        verdicts: one table a file.
        predictions: a model's, or None.
        files: each with its SHA-256, verdicts first.

    """

    verdicts: tuple[Table, ...] = ()
    predictions: PredictionsFile | None = None
    files: tuple[RuleFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Room:
    """What answers are held against: the images, what stands, and what was decided before."""

    scene: Scene
    standing: Standing
    decisions: Mapping[ImageKey, Decided]
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class Answers:
    """What people and a model say of the images, ready to be settled.

    Attributes:
        verdicts: one column a file, those of earlier sorts that still hold too.
        model: the column of the predictions, if any.
        by_hand: who of the people has the last word.
        whys: (kind, image index) to where an answer stands.
        fresh: images that a file of this sort votes on.
        unsure: images on which the model has no sure answer, or none at all.
        dragged: images that a person put into another class folder since.
        missing: (place, file as written) of answers whose image is not there.
        said: what a person should read, one line each.
        files: the files with their SHA-256.

    """

    verdicts: tuple[VoteColumn, ...] = ()
    model: tuple[VoteColumn, ...] = ()
    by_hand: LastWord = field(default_factory=LastWord)
    whys: Mapping[tuple[DecidedBy, int], str] = field(default_factory=dict)
    fresh: frozenset[int] = frozenset()
    unsure: frozenset[int] = frozenset()
    dragged: frozenset[int] = frozenset()
    missing: tuple[tuple[str, str], ...] = ()
    said: tuple[str, ...] = ()
    files: tuple[RuleFile, ...] = ()


def read_answers(options: SortOptions) -> AnswerFiles:
    """Read every file of answers.

    Raises:
        DataError: one that is not there, or cannot be read for sure.

    """
    paths = list(dict.fromkeys(options.verdicts))
    for path in paths:
        if not path.exists():
            raise DataError("there is no such file of verdicts", place=str(path), remedy="check --verdicts")
    given = options.from_predictions
    predictions = read_predictions(given) if isinstance(given, Path) else given
    tables = tuple(read_metadata([path]) for path in paths)
    files = [RuleFile(str(path), sha256_of(os.path.realpath(path))) for path in paths]
    files += [RuleFile(predictions.file, predictions.sha256)] if predictions else []
    return AnswerFiles(tables, predictions, tuple(files))


def hear(
    options: SortOptions, read: AnswerFiles, room: Room, *, sources: Sources, columns: Sequence[VoteColumn]
) -> Answers:
    """Find the image of each answer, and put people's answers into their order in time.

    Args:
        options: what was asked for.
        read: the files.
        room: what they are held against.
        sources: the rules, whose names and labels are known.
        columns: the votes of the rules.

    Raises:
        DataError: an answer that is no label, or answers that contradict each other.
        UsageError: bounds of confidence that do not fit the predictions.

    """
    images = [i.key for i in room.scene.images]
    model = [_predicted(options, read.predictions, room, images)] if read.predictions else []
    known = _known(options, room, [*sources.labels, *(n for c in columns for n in c.labels), *_labels_of(model)])
    given = [verdict_votes(table, images, known, lambda: _stands(options, room)) for table in read.verdicts]
    check_agree(given, images)
    files = [NamedRule(votes.name, votes.name) for votes in [*given, *model]]
    check_unique([*(NamedRule(c.name, c.place) for c in columns), *files])
    dragged = {key: path.partition("/")[0] for key, path in room.standing.found.dragged.items()}
    people = last_word(
        images,
        before=room.decisions,
        dragged=dragged,
        given=_answers(given),
        history=lambda key: [d for _, d in room.ledger.history(key)],
    )
    top = max([c.priority for c in columns] + [sources.model_priority], default=0) + 1
    return Answers(
        verdicts=_columns(given, people, len(images), top),
        model=tuple(votes.column(len(images), priority=sources.model_priority) for votes in model),
        by_hand=people,
        whys=_whys(given, model, people),
        fresh=frozenset(i for votes in [*given, *model] for i in votes.labels),
        unsure=frozenset(i for votes in model for i in _unsure(votes)),
        dragged=frozenset(i for i, key in enumerate(images if dragged else ()) if key in dragged),
        missing=tuple(m for votes in [*given, *model] for m in votes.missing),
        said=(*(line for votes in [*given, *model] for line in votes.said), *_told(people)),
        files=read.files,
    )


def _unsure(votes: GivenVotes) -> list[int]:
    """The images that the model was asked about in vain."""
    return [*votes.abstains, *(i for i, why in votes.no_value.items() if why != NO_PREDICTION)]


def _labels_of(given: Sequence[GivenVotes]) -> list[str]:
    return [label for votes in given for label in votes.labels.values()]


def _known(options: SortOptions, room: Room, voted: Sequence[str]) -> KnownLabels:
    """What a verdict may be: what rules and model say, what was declared, recorded, or has a folder."""
    if not options.verdicts:
        return KnownLabels(())
    base_dir = options.base_dir
    folders = [p.name for p in sorted(base_dir.iterdir()) if p.is_dir()] if base_dir.is_dir() else []
    recorded = [d.label for d in room.decisions.values() if d.label is not None]
    asked = [source for r in room.ledger.runs() for source in read_arguments(r.arguments).vote_sources]
    recorded += [label for source in asked for label in source.labels]
    order = options.classes or room.ledger.classes()
    named = [*order, *voted, *recorded, *(name for name in folders if not name.startswith("."))]
    return KnownLabels(tuple(dict.fromkeys(named)), tuple(order))


def _answers(given: Sequence[GivenVotes]) -> dict[int, list[Answer]]:
    out: dict[int, list[Answer]] = defaultdict(list)
    for votes in given:
        for image, label in votes.labels.items():
            out[image].append(Answer(votes.name, label, votes.whys[image]))
    return out


def _columns(given: Sequence[GivenVotes], people: LastWord, images: int, top: int) -> tuple[VoteColumn, ...]:
    """A column a file: its answers that count, and those of earlier sorts that still hold."""
    votes: dict[str, dict[int, str]] = {g.name: {} for g in given}
    for g in given:
        votes[g.name].update({i: label for i, label in g.labels.items() if i not in people.outdated})
    for i, answer in people.lasting.items():
        votes.setdefault(answer.name, {})[i] = answer.label
    made = (GivenVotes(name, VoteKind.VERDICT, labels, {}) for name, labels in votes.items())
    return tuple(g.column(images, priority=top) for g in made)


def _whys(
    given: Sequence[GivenVotes], model: Sequence[GivenVotes], people: LastWord
) -> dict[tuple[DecidedBy, int], str]:
    whys = {(DecidedBy.MODEL, i): why for votes in model for i, why in votes.whys.items()}
    for votes in reversed(given):
        whys.update({(DecidedBy.VERDICT, i): why for i, why in votes.whys.items()})
    whys.update({(DecidedBy.VERDICT, i): answer.why for i, answer in people.lasting.items()})
    return whys


def _told(people: LastWord) -> list[str]:
    """Answers of earlier sorts that still hold, and answers of this one that do not decide."""
    lines = []
    if people.lasting:
        n = len(people.lasting)
        names = Counter(a.name for a in people.lasting.values())
        verb = "verdict of an earlier sort holds" if n == 1 else "verdicts of earlier sorts hold"
        lines.append(f"{n:,} {verb} ({', '.join(f'{name} {k:,}' for name, k in sorted(names.items()))})")
    overruled = [line for _, line in sorted(people.overruled.items())]
    lines += overruled[:_LISTED]
    if len(overruled) > _LISTED:
        lines.append(f"and {len(overruled) - _LISTED:,} more answers do not decide, for the same reason")
    return lines


def _stands(options: SortOptions, room: Room) -> dict[str, int]:
    """POSIX path from base_dir to image index: where each image stands, and where it stood after earlier sorts.

    A table of probable label errors may be handed in a second time, after it moved its images.
    """
    base_dir = os.path.abspath(options.base_dir)  # noqa: PTH100 - as walk does
    index = {image.key: i for i, image in enumerate(room.scene.images)}
    earlier = [(path, c.image) for c in room.ledger.changes() for path in (c.before, c.target)]
    places = {path: index[key] for path, key in earlier if path and key in index}
    for key, i in index.items():
        placed = room.standing.placements.get(key)
        places[placed.target if placed else _from(base_dir, key)] = i
    return places


def _from(base_dir: str, key: ImageKey) -> str:
    """How `--mode none` names an image: by where it is, from base_dir."""
    return os.path.relpath(f"{key.root}/{key.path}", base_dir).replace(os.sep, "/")


def _predicted(options: SortOptions, file: PredictionsFile, room: Room, images: Sequence[ImageKey]) -> GivenVotes:
    """The model's votes; a path is found as it was given to predict, else by the steps that metadata takes."""
    places = _places(options, room)
    found: dict[int, int] = {}
    rest: list[int] = []
    for k, line in enumerate(file.lines):
        image = _image_at(line.path, places)
        if image is None:
            rest.append(k)
        else:
            found[k] = image
    if rest:
        matched = match(images, _as_table(file, rest))
        found.update({rest[row]: image for image, row in matched.records})
    return model_votes(file, found, images, options.min_confidence)


def _places(options: SortOptions, room: Room) -> dict[str, int]:
    """Absolute path to image index: in its source, and in its class folder; links to their folders followed too."""
    base_dir = os.path.abspath(options.base_dir)  # noqa: PTH100 - as walk does
    real = {root: os.path.realpath(root) for root in {base_dir, *(i.key.root for i in room.scene.images)}}
    places: dict[str, int] = {}
    for i, where in enumerate(located(room.scene.images, base_dir, room.standing.placements)):
        key = room.scene.images[i].key
        target = room.standing.placements.get(key)
        for root, path in ((key.root, key.path), *([(base_dir, target.target)] if target else [])):
            places[os.path.normpath(f"{root}/{path}")] = i
            places.setdefault(os.path.normpath(f"{real[root]}/{path}"), i)
        places.setdefault(os.path.normpath(where), i)
    return places


def _image_at(path: str, places: Mapping[str, int]) -> int | None:
    for written in dict.fromkeys([path, path.removeprefix("'")]):
        whole = os.path.abspath(written)  # noqa: PTH100 - links are followed only where that finds nothing
        found = places.get(whole)
        if found is None and "\0" not in whole:
            found = places.get(os.path.realpath(whole))
        if found is not None:
            return found
    return None


def _as_table(file: PredictionsFile, rows: Sequence[int]) -> Table:
    """The predictions whose path was not found as it stands, as a table that names files."""
    return Table(
        files=(file.path,),
        folders=(str(Path.cwd()),),
        columns={"path": [file.lines[k].path for k in rows], "line": [str(file.lines[k].line) for k in rows]},
        origin=[0] * len(rows),
        lines=[file.lines[k].line for k in rows],
    )
