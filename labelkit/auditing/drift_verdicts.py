"""Drift in words: class shares, measures that moved, what is new or gone, and how all of them fared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from labelkit.auditing.coding import as_numbers, coded
from labelkit.auditing.drifts import Beside, Drift, compare
from labelkit.auditing.evidence import Evidence
from labelkit.auditing.measures import MEASURES, Measure, Origin, Value, column
from labelkit.auditing.verdict import Verdict, counted, listed
from labelkit.domain.earlier_facts import EarlierFacts
from labelkit.domain.facts import FactValue
from labelkit.domain.findings import Severity
from labelkit.domain.parts import is_part_name
from labelkit.domain.spreadsheet import cell
from labelkit.domain.units import told_share

_LABEL_LIMIT, _LIMIT = 0.15, 0.2
"""Distances from which class shares, and everything else, have drifted: those of deepchecks."""

_TOLD = 5
_EXAMPLES = 6

_CLASS = Measure("class", "class", Origin.NAMED, False, ())
_FOLDER = Measure("folder", "folder below the class", Origin.NAMED, False, ())
_READABLE = Measure("readable", "readable or not", Origin.WRITTEN, False, ())


def verdicts(evidence: Evidence, earlier: EarlierFacts) -> Iterator[Verdict]:
    """The verdicts on a folder beside the facts of an older audit."""
    paths = sorted(evidence.facts)
    drifts = compare(_pairs(evidence, earlier, paths))
    shares = next(d for d in drifts if d.beside.measure is _CLASS)
    if shares.far:
        yield _class_shares(shares, earlier)
    moved = [d for d in drifts if d.far and d is not shares]
    if moved:
        yield _moved(moved, earlier, paths)
    yield from _new_and_gone(drifts, paths)
    yield _table(drifts, evidence, earlier)


def _pairs(evidence: Evidence, earlier: EarlierFacts, paths: Sequence[str]) -> list[Beside]:
    """Each measure of both sets; one whose facts the file has not is left out."""
    now = _Now(evidence, earlier, paths)
    kept = {name: now.column(name) for name in ("path", "fault")}
    out = [
        _beside(_READABLE, [[str(not fault) for fault in side] for side in (earlier.columns["fault"], kept["fault"])]),
        _beside(_CLASS, [_classes(side, evidence) for side in (earlier.columns["path"], kept["path"])], _LABEL_LIMIT),
        _beside(_FOLDER, [_folders(side, evidence) for side in (earlier.columns["path"], kept["path"])]),
    ]
    for measure in MEASURES:
        if all(name in earlier.columns for name in measure.needs):
            then = measure.values([earlier.columns[name] for name in measure.needs])
            out.append(Beside(measure, _LIMIT, then, measure.values([now.column(name) for name in measure.needs])))
    return out


class _Now:
    """The columns of the present set, in the words of the older file."""

    def __init__(self, evidence: Evidence, earlier: EarlierFacts, paths: Sequence[str]) -> None:
        self.facts = [evidence.facts[path] for path in paths]
        self.harmless = earlier.spreadsheet

    def column(self, name: str) -> list[FactValue]:
        """One column, one cell an image."""
        values = column(self.facts, name)
        return [cell(v) if isinstance(v, str) else v for v in values] if self.harmless else values


def _beside(measure: Measure, sides: Sequence[Sequence[Value]], limit: float = _LIMIT) -> Beside:
    return Beside(measure, limit, sides[0], sides[1])


def _classes(paths: Sequence[FactValue], evidence: Evidence) -> list[Value]:
    return [_steps(path, evidence)[0] for path in paths]


def _folders(paths: Sequence[FactValue], evidence: Evidence) -> list[Value]:
    return ["/".join(_steps(path, evidence)[1:]) for path in paths]


def _steps(path: FactValue, evidence: Evidence) -> list[str]:
    """The folders above a file, its class first; the name of a part before it is passed over."""
    steps = _unmarked(str(path), evidence).split("/")[:-1] or [""]
    part = len(steps) > 1 and is_part_name(steps[0]) and steps[0] not in evidence.images
    return steps[1:] if part else steps


def _unmarked(path: str, evidence: Evidence) -> str:
    """A path without the apostrophe that a spreadsheet's cell has in front of what looks like a formula."""
    marked = evidence.earlier is not None and evidence.earlier.spreadsheet and path.startswith("'")
    return path[1:] if marked and cell(path[1:]) == path else path


def _class_shares(drift: Drift, earlier: EarlierFacts) -> Verdict:
    then, now = (Counter(map(str, side)) for side in (drift.beside.then, drift.beside.now))
    names = sorted(then | now, key=lambda name: -abs(now[name] / now.total() - then[name] / then.total()))
    told = [f"{name or 'no class'} {_percent(then, name)} → {_percent(now, name)}" for name in names]
    return Verdict(
        f"class shares differ from {earlier.source}: {listed(told)} (Cramér's V {drift.distance:.2f})",
        remedy="see whether the parts have changed, or the way they are chosen or judged",
        numbers={"v_class": drift.distance, "p_class": round(drift.corrected, 6)},
    )


def _percent(counts: Counter[str], name: str) -> str:
    return told_share(counts[name] / counts.total())


def _moved(moved: Sequence[Drift], earlier: EarlierFacts, paths: Sequence[str]) -> Verdict:
    told = [f"{d.beside.measure.told} ({_how(d)})" for d in moved]
    return Verdict(
        f"unlike {earlier.source}: {listed(told, _TOLD)}",
        remedy="a model that was trained on those images has not seen these: look at the examples, find what changed "
        "(lamp, lens, exposure, export), and judge the model anew",
        files=_examples(moved[0].beside, paths),
        numbers={_key(d): d.distance for d in moved}
        | {f"p_{d.beside.measure.name}": round(d.corrected, 6) for d in moved},
    )


def _key(drift: Drift) -> str:
    return f"{'ks' if drift.beside.measure.numeric else 'v'}_{drift.beside.measure.name}"


def _how(drift: Drift) -> str:
    beside = drift.beside
    if beside.measure.numeric:
        middle = [float(np.nanmedian(as_numbers(side))) for side in (beside.then, beside.now)]
        shown = " → ".join(beside.measure.tell(value) for value in middle)
        return f"middle {shown}, Kolmogorov-Smirnov {drift.distance:.2f}"
    then, now = (Counter(str(v or "none") for v in side) for side in (beside.then, beside.now))
    name = max(sorted(then | now), key=lambda kind: abs(now[kind] / now.total() - then[kind] / then.total()))
    return f"{name} {_percent(then, name)} → {_percent(now, name)}, Cramér's V {drift.distance:.2f}"


def _examples(beside: Beside, paths: Sequence[str]) -> tuple[str, ...]:
    """Present images of the bins that have grown most."""
    bins = coded([*beside.then, *beside.now], numeric=beside.measure.numeric)
    then, now = bins.codes[: len(beside.then)], bins.codes[len(beside.then) :]
    shares = [np.bincount(side, minlength=bins.bins) / side.size for side in (then, now)]
    order = np.argsort(-(shares[1] - shares[0])[now], kind="stable")
    return tuple(sorted(paths[i] for i in order[:_EXAMPLES]))


def _new_and_gone(drifts: Sequence[Drift], paths: Sequence[str]) -> Iterator[Verdict]:
    fresh = [(d, kind, n) for d in drifts for kind, n in d.fresh]
    gone = [(d, kind, n) for d in drifts for kind, n in d.gone]
    if not fresh and not gone:
        return
    told = [
        f"{word}: {listed([f'{d.beside.measure.told} {kind} ({n:,})' for d, kind, n in which])}"
        for word, which in (("new", fresh), ("gone", gone))
        if which
    ]
    files = {next(p for p, v in zip(paths, d.beside.now, strict=True) if str(v) == kind) for d, kind, _ in fresh}
    yield Verdict(
        "; ".join(told),
        files=tuple(sorted(files)),
        numbers={"new": len(fresh), "gone": len(gone)},
        severity=Severity.INFO,
    )


def _table(drifts: Sequence[Drift], evidence: Evidence, earlier: EarlierFacts) -> Verdict:
    still = [d for d in drifts if not d.far]
    nearest = (
        f"; farthest: {still[0].beside.measure.told} {still[0].distance:.2f}" if still and still[0].distance else ""
    )
    unknown = f"; the file has no {listed(list(earlier.missing), 3)}" if earlier.missing else ""
    then = frozenset(earlier.columns.get("sha256", ())) - {""}
    same = sum(fact.sha256 in then for fact in evidence.facts.values())
    return Verdict(
        f"{counted(len(still), 'measure')} of {counted(len(evidence.facts), 'image')} as in {earlier.source} "
        f"({counted(earlier.images, 'image')}, {same:,} of them still here){nearest}{unknown}",
        numbers={"images": len(evidence.facts), "images_then": earlier.images, "images_in_both": same}
        | {_key(d): d.distance for d in drifts},
        severity=Severity.INFO,
    )
