"""Why an image is where it is: what decided it, on which values, and what the same rules say today."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from labelkit.domain.command_line import word
from labelkit.domain.decisions import DecidedBy, Decision, ImageKey, State
from labelkit.domain.errors import LabelkitError, UsageError
from labelkit.domain.explanation import AskedAgain, Explanation, PastDecision
from labelkit.domain.names import shown
from labelkit.domain.placing import LEDGER_NAME, Mode, RunRecord
from labelkit.domain.recorded_run import RunArguments, read_arguments
from labelkit.flows.ledger import read_ledger
from labelkit.flows.sort_scene import standing_in
from labelkit.flows.why_again import ASKED, RULES, Case, Named, ask_again
from labelkit.flows.why_find import class_folder_file, find_image
from labelkit.flows.why_rows import RowsNow, recorded_rows, rows_of_tables
from labelkit.flows.why_words import deciding_step, votes_explained
from labelkit.plugins.person import told_path
from labelkit.storage.ledger import Ledger

_PLACED = {Mode.COPY: "copied", Mode.HARDLINK: "hard-linked", Mode.SYMLINK: "linked", Mode.MOVE: "moved"}


def why(
    image: Path | str,
    *,
    base_dir: Path | str = "base_dir",
    rules: Sequence[Path | str] | Path | str = (),
    metadata: Sequence[Path | str] | Path | str = (),
) -> Explanation:
    """Say what decided an image: every vote with its values, the deciding step, and what the rules say today.

    Args:
        image: its file, its place in base_dir, its path below its source, or its name where no other image has it.
        base_dir: the folder of class folders.
        rules: rules files in Python that may be run to ask them again; they are programs. Others need no naming.
        metadata: tables; then the rules are asked again about the rows as they stand there now.

    Raises:
        UsageError: no image or several go by that name, or a rules file that did not vote on it.
        LedgerError: the ledger cannot be read.

    """
    folder = "" if os.fspath(base_dir) == "base_dir" else os.fspath(base_dir)
    options = WhyOptions(Path(base_dir), Named(_paths(rules)), _paths(metadata), folder)
    return explain([os.fspath(image)], options)[0]


def _paths(given: Sequence[Path | str] | Path | str) -> tuple[Path, ...]:
    return (Path(given),) if isinstance(given, (Path, str)) else tuple(Path(g) for g in given)


@dataclass(frozen=True, slots=True)
class WhyOptions:
    """What is asked.

    Attributes:
        base_dir: the folder of class folders.
        named: the rules files that may be run.
        metadata: tables for the rows as they are now; empty for those recorded.
        base_dir_given: base_dir as a command to paste must name it; empty where it is the default.

    """

    base_dir: Path
    named: Named = field(default_factory=Named)
    metadata: tuple[Path, ...] = ()
    base_dir_given: str = ""

    def command(self, image: str) -> str:
        """The command that asks about an image, with room for rules files."""
        tables = "".join(f" --metadata {word(str(m))}" for m in self.metadata)
        folder = f" --base-dir {word(self.base_dir_given)}" if self.base_dir_given else ""
        if image.startswith("-"):
            return f"labelkit why {RULES}{tables}{folder} -- {word(image)}"
        return f"labelkit why {word(image)} {RULES}{tables}{folder}"


def explain(images: Sequence[str], options: WhyOptions) -> tuple[Explanation, ...]:
    """The explanation of each image, in the order given; see `why`."""
    base_dir = os.path.abspath(options.base_dir)  # noqa: PTH100 - as walk does
    if not (options.base_dir / LEDGER_NAME).is_file():
        return tuple(_without_ledger(given, base_dir) for given in images)
    with read_ledger(options.base_dir) as ledger:
        desk = _Desk(base_dir, options, ledger, tuple(ledger.runs()))
        found = [(given, find_image(given, base_dir, ledger)) for given in images]
        desk.check_rules([meant for _, meant in found if isinstance(meant, ImageKey)])
        return tuple(
            _not_ours(meant, base_dir) if isinstance(meant, str) else desk.explained(meant, given)
            for given, meant in found
        )


def _without_ledger(given: str, base_dir: str) -> Explanation:
    below = class_folder_file(given, base_dir)
    if not below:
        raise UsageError(
            f"no sort has put anything into {shown(told_path(Path(base_dir)))}, and '{shown(given)}' is no file there",
            remedy="name its folder of class folders: --base-dir DIR",
        )
    return _not_ours(below, base_dir)


def _not_ours(below: str, base_dir: str) -> Explanation:
    label = below.partition("/")[0]
    return Explanation(
        image=below,
        source="",
        base_dir=base_dir,
        placed=below,
        mode=None,
        stands=f"stands in {told_path(Path(base_dir))}/{below}",
        state=None,
        label=label,
        by=None,
        name="",
        why=f"whoever put it into {label} decided: labelkit did not",
    )


def _rules_voted(decision: Decision, arguments: RunArguments) -> bool:
    """Whether anything voted that can be asked again; of a run that recorded no sources that cannot be told."""
    return bool(decision.votes) and (not arguments.vote_sources or any(s.kind in ASKED for s in arguments.vote_sources))


@dataclass(frozen=True, slots=True)
class _Standing:
    """Where an image stands: its path below base_dir (empty for nowhere), how it came there, and a sentence."""

    placed: str
    mode: Mode | None
    told: str


@dataclass(frozen=True, slots=True)
class _Desk:
    """The ledger of one base_dir, open, with what was asked."""

    base_dir: str
    options: WhyOptions
    ledger: Ledger
    runs: tuple[RunRecord, ...]

    def explained(self, image: ImageKey, given: str) -> Explanation:
        """Everything about one image."""
        history = self.ledger.history(image)
        at = self._in_force(history)
        standing = self._standing(image, history[at][1] if at is not None else None)
        earlier = tuple(self._past(*history[i]) for i in reversed(range(len(history))) if i != at)
        if at is None:
            return self._undecided(image, standing, earlier)
        run, decision = self._run(history[at][0]), history[at][1]
        arguments = read_arguments(run.arguments)
        votes = votes_explained(decision, arguments)
        return Explanation(
            image=image.path,
            source=image.root,
            base_dir=self.base_dir,
            placed=standing.placed,
            mode=standing.mode,
            stands=standing.told,
            state=decision.state,
            label=decision.label,
            by=decision.by,
            name=decision.name,
            why=deciding_step(decision, votes, arguments),
            votes=votes,
            run=run.id,
            started=run.started,
            policy=arguments.policy,
            rows=decision.places,
            earlier=earlier,
            again=self._again(decision, arguments, standing, given) if _rules_voted(decision, arguments) else None,
        )

    def _undecided(self, image: ImageKey, standing: _Standing, earlier: tuple[PastDecision, ...]) -> Explanation:
        back = [f"run {p.run} was taken back by run {p.taken_back_by}" for p in earlier if p.taken_back_by]
        said = "; ".join(dict.fromkeys(back)) or "no run has decided it"
        head = (image.path, image.root, self.base_dir, standing.placed, standing.mode, standing.told)
        return Explanation(*head, None, None, None, "", f"nothing is decided: {said}", earlier=earlier)

    def check_rules(self, images: Sequence[ImageKey]) -> None:
        """Hold that every rules file named voted on one of the images.

        Raises:
            UsageError: one did not; names those that did.

        """
        runs = {run for image in images for run, _ in self.ledger.history(image)}
        voted = [f for r in self.runs if r.id in runs for f in read_arguments(r.arguments).rules]
        used = {self.options.named.stands_for(f) for f in voted}
        for file in self.options.named.files:
            if file not in used:
                names = ", ".join(dict.fromkeys(f.file for f in voted)) or "none"
                raise UsageError(
                    f"{shown(str(file))} did not vote here", remedy=f"the rules files that did: {shown(names)}"
                )

    def _taken_back_by(self, run: str) -> str:
        return next((r.id for r in self.runs if r.takes_back == run and r.counts), "")

    def _in_force(self, history: Sequence[tuple[str, Decision]]) -> int | None:
        """The index of the newest decision that was not taken back with its run; a person's own never is."""
        stands = (i for i in reversed(range(len(history))) if self._stands(*history[i]))
        return next(stands, None)

    def _stands(self, run: str, decision: Decision) -> bool:
        return decision.by is DecidedBy.PERSON or not self._taken_back_by(run)

    def _run(self, run_id: str) -> RunRecord:
        return next(r for r in self.runs if r.id == run_id)

    def _past(self, run: str, d: Decision) -> PastDecision:
        back = "" if d.by is DecidedBy.PERSON else self._taken_back_by(run)
        return PastDecision(run, self._run(run).started, d.state, d.label, d.by, d.name, d.why, back)

    def _standing(self, image: ImageKey, decision: Decision | None) -> _Standing:
        p = self.ledger.placement(image)
        if p is None:
            return _Standing("", None, self._nowhere(image, decision))
        if os.path.lexists(f"{self.base_dir}/{p.target}"):
            return _Standing(p.target, p.mode, f"stands in {self._told(p.target)} ({_PLACED.get(p.mode, 'placed')})")
        now = standing_in(Path(self.base_dir), self.ledger.placements()).found.dragged.get(image)
        if now is None:
            return _Standing("", p.mode, f"was placed in {self._told(p.target)}, and is there no more")
        before = p.target.partition("/")[0]
        told = f"stands in {self._told(now)}: since the last sort a person dragged it there from {before}"
        return _Standing(now, p.mode, f"{told}; the next sort takes that as the decision")

    def _nowhere(self, image: ImageKey, decision: Decision | None) -> str:
        path = Path(image.root, image.path)
        if not os.path.lexists(path):
            return f"stands in no class folder, and its file is gone: {told_path(path)}"
        if decision is not None and decision.state is State.LABELED:
            return f"stands in its source only: {told_path(path)}"
        return f"stands in no class folder; its file is {told_path(path)}"

    def _told(self, target: str) -> str:
        return f"{told_path(Path(self.base_dir))}/{target}"

    def _again(self, decision: Decision, arguments: RunArguments, standing: _Standing, given: str) -> AskedAgain:
        image = decision.image
        files = [f"{image.root}/{image.path}", *([f"{self.base_dir}/{standing.placed}"] if standing.placed else [])]
        where = next((f for f in files if Path(f).is_file()), "")
        try:
            rows = self._rows(decision, arguments)
        except LabelkitError as e:
            return AskedAgain(f"not asked again: {e.place + ': ' if e.place else ''}{e.message.splitlines()[0]}")
        return ask_again(Case(decision, arguments, rows, where, self.options.command(given), self.options.named))

    def _rows(self, decision: Decision, arguments: RunArguments) -> RowsNow:
        if not self.options.metadata:
            return recorded_rows(decision, arguments)
        return rows_of_tables(self.options.metadata, decision.image, self.ledger.decided(), decision, arguments)
