"""What a run was asked for, as the ledger keeps it: enough to explain each vote, and to ask the same rules again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from labelkit.domain.labeling import Parameter
from labelkit.domain.rules import GIVEN_ORDER


@dataclass(frozen=True, slots=True)
class RecordedFile:
    """A file of a run: rules, or answers.

    Attributes:
        file: its path as told to people.
        sha256: of its bytes, 64 hexadecimal digits.
        path: absolute.

    """

    file: str
    sha256: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class RecordedSource:
    """One source of votes of a run.

    Attributes:
        name: unique in the run.
        kind: a `VoteKind`.
        place: `file:line`, or the option that gave it.
        priority: a higher number decides over lower ones.
        labels: the labels it may vote for.
        columns: the metadata columns it names.
        features: the recorded names of the image features (numbers) it takes.
        parameters: name to value, those that it has or names.
        file: the file that it stood in, as told to people; empty without one.
        text: an expression as written; else empty.
        mapping: of a label column, cell to label.

    """

    name: str
    kind: str
    place: str = ""
    priority: int = 0
    labels: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    file: str = ""
    text: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunArguments:
    """The arguments of one run; its names are the keys of the JSON.

    Attributes:
        sources: the folders of images, as given.
        metadata: the tables, as given.
        rules: the rules files, in the order given.
        expressions: as given.
        label_column, map: as given.
        parameters: every parameter's full name to the value used.
        param: those given, as `NAME=VALUE`.
        policy, on_abstain, on_conflict: as used.
        policy_given: the policy as given, or None: then a rules file's stands, else the default.
        order: the kinds of source, highest priority first.
        file, path_fields: what brought rows and images together, as given, or None.
        header: column names given for a table without any.
        reading: how else the tables were said to be read, as JSON; empty when nothing was said.
        working_folder: what relative paths are relative to.
        columns: the names of the table's columns.
        kinds: column to `int`, `float` or `text`, where rules were handed whole rows.
        vote_sources: everything that voted.
        answers: the files of verdicts and predictions.
        min_confidence: label to the least probability that counted as a model's vote; "" for every other label.

    """

    sources: tuple[str, ...] = ()
    metadata: tuple[str, ...] = ()
    rules: tuple[RecordedFile, ...] = ()
    expressions: tuple[str, ...] = ()
    label_column: str | None = None
    map: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    param: tuple[str, ...] = ()
    policy: str = "priority"
    policy_given: str | None = None
    on_abstain: str = "hold"
    on_conflict: str = "hold"
    order: tuple[str, ...] = GIVEN_ORDER
    file: str | None = None
    path_fields: str | None = None
    header: tuple[str, ...] = ()
    reading: str = ""
    working_folder: str = ""
    columns: tuple[str, ...] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)
    vote_sources: tuple[RecordedSource, ...] = ()
    answers: tuple[RecordedFile, ...] = ()
    min_confidence: Mapping[str, float] = field(default_factory=dict)

    def source(self, name: str) -> RecordedSource | None:
        """The source of votes called so."""
        return next((s for s in self.vote_sources if s.name == name), None)

    def file_of(self, source: RecordedSource | None) -> RecordedFile | None:
        """The file that a source stood in."""
        return next((f for f in (*self.rules, *self.answers) if source is not None and f.file == source.file), None)

    def to_json(self) -> str:
        """The text that the ledger keeps."""
        return json.dumps(asdict(self), sort_keys=True)


def read_arguments(text: str) -> RunArguments:
    """The arguments of a run from the ledger's JSON; a key that an earlier version did not write has its default."""
    found = _table(json.loads(text or "{}"))
    return RunArguments(
        sources=_texts(found.get("sources")),
        metadata=_texts(found.get("metadata")),
        rules=tuple(_file(_table(item)) for item in _list(found.get("rules"))),
        expressions=_texts(found.get("expressions")),
        label_column=_text(found.get("label_column")),
        map=_words(found.get("map")),
        parameters=_parameters(found.get("parameters")),
        param=_texts(found.get("param")),
        policy=_text(found.get("policy")) or "priority",
        policy_given=_text(found.get("policy_given")),
        on_abstain=_text(found.get("on_abstain")) or "hold",
        on_conflict=_text(found.get("on_conflict")) or "hold",
        order=_texts(found.get("order")) or GIVEN_ORDER,
        file=_text(found.get("file")),
        path_fields=_text(found.get("path_fields")),
        header=_texts(found.get("header")),
        reading=_text(found.get("reading")) or "",
        working_folder=_text(found.get("working_folder")) or "",
        columns=_texts(found.get("columns")),
        kinds=_words(found.get("kinds")),
        vote_sources=tuple(_source(_table(item)) for item in _list(found.get("vote_sources"))),
        answers=tuple(_file(_table(item)) for item in _list(found.get("answers"))),
        min_confidence={k: v for k, v in _table(found.get("min_confidence")).items() if isinstance(v, float)},
    )


def _file(found: Mapping[str, object]) -> RecordedFile:
    return RecordedFile(*(_text(found.get(key)) or "" for key in ("file", "sha256", "path")))


def _source(found: Mapping[str, object]) -> RecordedSource:
    priority = found.get("priority")
    return RecordedSource(
        name=_text(found.get("name")) or "",
        kind=_text(found.get("kind")) or "",
        place=_text(found.get("place")) or "",
        priority=priority if isinstance(priority, int) else 0,
        labels=_texts(found.get("labels")),
        columns=_texts(found.get("columns")),
        features=_texts(found.get("features")),
        parameters=_parameters(found.get("parameters")),
        file=_text(found.get("file")) or "",
        text=_text(found.get("text")) or "",
        mapping=_words(found.get("mapping")),
    )


def _table(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in _list(value))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _words(value: object) -> dict[str, str]:
    return {key: str(item) for key, item in _table(value).items()}


def _parameters(value: object) -> dict[str, Parameter]:
    return {key: item for key, item in _table(value).items() if isinstance(item, (bool, int, float, str))}
