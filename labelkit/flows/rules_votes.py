"""What the `rules` commands are asked, and the votes they rest on; nothing is placed or recorded."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from labelkit.domain.decisions import ImageKey, State
from labelkit.domain.errors import UsageError
from labelkit.domain.placing import LEDGER_NAME, Mode, Placement
from labelkit.domain.rules import GIVEN_ORDER
from labelkit.domain.table import Table
from labelkit.domain.votes import VoteColumn
from labelkit.flows.run import Run
from labelkit.flows.sort_judge import match_rows, policy_of
from labelkit.flows.sort_options import SortOptions
from labelkit.flows.sort_scene import Scene, located, see, standing_in
from labelkit.flows.sort_votes import RULE_TIMEOUT_S, Votes, have_voted
from labelkit.flows.table_reading import TableReading
from labelkit.plugins.sources import GivenRule, Sources, load_sources
from labelkit.sorting.matching import Matches
from labelkit.sorting.options import parse_on_unsettled, parse_policy
from labelkit.sorting.policy import Verdicts, settle
from labelkit.storage.frames import Frame, table_of_frame
from labelkit.storage.sqlite_ledger import open_ledger

_NO_RULES = 'labelkit rules show FILE, or --rule "score >= 80 -> GO", or --label-column NAME'


class Asked(TypedDict, total=False):
    """What a `rules` function may be given beside the rules; each means what it means in `labelkit.sort`."""

    source: Sequence[Path | str] | Path | str
    base_dir: Path | str
    metadata: Sequence[Path | str] | Path | str | Frame
    file: str | None
    path_fields: str | None
    columns: Sequence[str]
    encoding: str | None
    contracts: Mapping[str, object] | None
    pad_digits: int
    aggregate: Sequence[str] | str
    rule: Sequence[str] | str
    label_column: str | None
    map: Mapping[str, str] | None
    param: Mapping[str, object] | Sequence[str]
    order: Sequence[str]
    policy: str | None
    on_abstain: str
    on_conflict: str
    allow_missing: bool
    rule_timeout: float | None
    classes: Sequence[str]
    reject: str | None
    meaning: Mapping[str, str] | None
    jobs: int
    run: Run | None


@dataclass(frozen=True, slots=True)
class RulesRoom:
    """Everything that the rules of one question are asked about.

    Attributes:
        options: the question.
        run: its context.
        scene: the images.
        where: absolute path of each image's file.
        matches: rows and whose they are; None without metadata.

    """

    options: SortOptions
    run: Run
    scene: Scene
    where: Sequence[str]
    matches: Matches | None

    @property
    def names(self) -> list[str]:
        """What each image is called."""
        return [image.key.path for image in self.scene.images]

    def vote(self, sources: Sources, *, clock: Callable[[], float] | None = None) -> Votes:
        """The votes of all rules on all images."""
        return have_voted(sources, self.matches, self.where, self.run, timeout_s=self.options.rule_timeout, clock=clock)

    def settle(self, columns: Sequence[VoteColumn], sources: Sources) -> Verdicts:
        """What the policy makes of votes."""
        listed = {image for image, _ in self.matches.records} if self.matches else set()
        return settle(
            columns,
            images=len(self.where),
            unlisted=[self.matches is not None and i not in listed for i in range(len(self.where))],
            policy=policy_of(self.options, sources),
            on_abstain=self.options.on_abstain,
            on_conflict=self.options.on_conflict,
        )


def rules_options(rules: Sequence[GivenRule | str], asked: Asked) -> SortOptions:
    """The question as a sort that places nothing.

    Raises:
        UsageError: neither rules, expressions nor a label column; or a value that cannot be.

    """
    given_map = asked.get("param", ())
    parameters = [f"{k}={v}" for k, v in given_map.items()] if isinstance(given_map, Mapping) else list(given_map)
    policy, timeout = asked.get("policy"), asked.get("rule_timeout")
    expressions = _listed(asked.get("rule", ()))
    if not (rules or expressions or asked.get("label_column")):
        raise UsageError("no rules to look at", remedy=_NO_RULES)
    return SortOptions(
        sources=tuple(Path(s) for s in _listed(asked.get("source", ()))) or (Path(),),
        base_dir=Path(asked.get("base_dir", "base_dir")),
        metadata=_tables(asked.get("metadata", ())),
        file=asked.get("file"),
        path_fields=asked.get("path_fields"),
        columns=tuple(asked.get("columns", ())),
        reading=TableReading.of(
            columns=asked.get("columns", ()),
            encoding=asked.get("encoding"),
            contracts=asked.get("contracts"),
            pad_digits=asked.get("pad_digits", 0),
            aggregates=asked.get("aggregate", ()),
        ),
        rules=tuple(Path(r) if isinstance(r, str) else r for r in rules),
        expressions=tuple(str(e) for e in expressions),
        label_column=asked.get("label_column"),
        mapping=dict(asked.get("map") or {}) if asked.get("label_column") else {},
        parameters=tuple(parameters),
        order=tuple(asked.get("order") or GIVEN_ORDER),
        policy=parse_policy(policy) if policy else None,
        mode=Mode.NONE,
        on_abstain=parse_on_unsettled(asked.get("on_abstain", "hold"), option="--on-abstain"),
        on_conflict=parse_on_unsettled(asked.get("on_conflict", "hold"), option="--on-conflict"),
        dry_run=True,
        allow_missing=asked.get("allow_missing", False),
        rule_timeout=RULE_TIMEOUT_S if timeout is None else timeout,
    )


def run_of(asked: Asked) -> Run:
    """The context given, or a new one."""
    return asked.get("run") or Run(jobs=asked.get("jobs", 0))


def sources_of(options: SortOptions, parameters: Sequence[str] | None = None) -> Sources:
    """The rules, with the parameters of the question or with others."""
    return load_sources(
        options.rules,
        options.expressions,
        label_column=options.label_column,
        mapping=options.mapping,
        parameters=options.parameters if parameters is None else parameters,
        order=options.order,
    )


def enter(options: SortOptions, asked: Asked) -> RulesRoom:
    """See the images and match the rows; base_dir is only read, and only where a move took images there.

    Raises:
        UsageError: no folder of images was named.

    """
    if not asked.get("source"):
        raise UsageError(
            "no images to ask the rules about", remedy="give --source DIR, or set source in [tool.labelkit]"
        )
    placements = _moved(options.base_dir)
    scene = see(options.sources, placements)
    where = located(scene.images, os.path.abspath(options.base_dir), placements)  # noqa: PTH100 - as walk does
    return RulesRoom(options, run_of(asked), scene, where, match_rows(options, scene))


def states_of(verdicts: Verdicts) -> dict[State, int]:
    """Images in each state."""
    return {state: verdicts.count(state) for state in State}


def labels_of(verdicts: Verdicts, sources: Sources) -> dict[str, int]:
    """Images a label, in text order; labels that rules may give but nobody got count 0."""
    names = sorted({*sources.labels, *(verdicts.labels[k] for k in set(verdicts.label) if k >= 0)})
    index = {name: i for i, name in enumerate(verdicts.labels)}
    return {name: verdicts.label.count(index[name]) if name in index else 0 for name in names}


def _moved(base_dir: Path) -> Mapping[ImageKey, Placement]:
    if not (base_dir / LEDGER_NAME).exists():
        return {}
    ledger = open_ledger(base_dir, create=False, read_only=True)
    try:
        placements = ledger.placements()
    finally:
        ledger.close()
    if all(p.mode is not Mode.MOVE for p in placements.values()):
        return {}
    return standing_in(base_dir, placements).placements


def _listed(given: Sequence[Path | str] | Path | str) -> Sequence[Path | str]:
    return [given] if isinstance(given, (str, Path)) else given


def _tables(given: Sequence[Path | str] | Path | str | Frame) -> tuple[Path, ...] | Table:
    if isinstance(given, (str, Path)):
        return (Path(given),)
    return tuple(Path(m) for m in given) if isinstance(given, Sequence) else table_of_frame(given)
