"""Judge a folder of classes: what each loader will see of it, and what is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from labelkit.auditing.catalog import Choice, find
from labelkit.auditing.evidence import Evidence, PartView, by_class, look, summaries
from labelkit.auditing.gate import judge
from labelkit.domain.audit import AuditReport, ClassCount, FailOn, FileCounts
from labelkit.domain.classes import ClassMap, make_class_map
from labelkit.domain.errors import UsageError
from labelkit.domain.facts import ImageFacts
from labelkit.domain.findings import Finding
from labelkit.domain.loaders import LOADER_TITLES
from labelkit.domain.names import did_you_mean
from labelkit.domain.parts import Part, find_parts, union_of_classes, without_own_files
from labelkit.domain.tree import FileEntry, FileKind, Tree
from labelkit.engines.choose import SHARD, make_engine
from labelkit.engines.engine import Lost
from labelkit.flows.run import Run
from labelkit.storage import recorded
from labelkit.storage.half_done import half_done
from labelkit.storage.walk import walk
from labelkit.tasks.probe import ProbeTask


@dataclass(frozen=True, slots=True)
class _Order:
    """What was said about the order of the classes."""

    declared: Sequence[str] | None
    ledger: Sequence[str] | None
    positive: str | None
    reject: str | None
    meaning: Mapping[str, str] | None


def audit(  # noqa: PLR0913 - the public API: its options are keywords, one a line
    base_dir: str | os.PathLike[str],
    *,
    validation_split: float = 0.2,
    loader: str | None = None,
    fail_on: str = "error",
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    classes: Sequence[str] | None = None,
    positive: str | None = None,
    reject: str | None = None,
    meaning: Mapping[str, str] | None = None,
    parts: bool = True,
    jobs: int = 0,
    severity: Mapping[str, str] | None = None,
    image_size: tuple[int, int] = (80, 80),
    run: Run | None = None,
) -> AuditReport:
    """Walk a folder, decode every image in full, and judge it; nothing is written into it.

    Args:
        base_dir: the folder of class folders, or of the parts train, validation and test.
        validation_split: the share, 0 to 1 (1 excluded), that `flow_from_directory` would be given.
        loader: look through this loader only: one of `LOADER_TITLES`.
        fail_on: where the gate stands: error, warning or never.
        select: names of the checks to run; none for all.
        ignore: names of checks to leave out.
        classes: the declared order, index 0 first; must name every class folder.
        positive: the class to stand at index 1 of two.
        reject: the class that means a rejected part; recognised by its name when left out.
        meaning: what class names mean, as `{"60": "NG"}`.
        parts: whether folders called train, val or test that hold class folders are parts of one dataset.
        jobs: worker processes; 0 for one per core. `run` beats it.
        severity: check name to the severity of all its findings.
        image_size: (height, width) that training would shrink the images to.
        run: the context of a run; left out, a silent one is made.

    Returns:
        the report; an image that cannot be read is a finding in it.

    Raises:
        UsageError: no such folder, or an argument that names nothing.
        StorageError: the folder itself cannot be read.

    """
    context = run or Run(jobs=jobs)
    began = context.now()
    choice = Choice(select, ignore, severity)
    choice.check_names()
    loaders = _loaders(loader)
    gate_at, size = _fail_on(fail_on), _size(image_size)
    _tell_half(os.fspath(base_dir), context)
    originals = recorded.originals(base_dir)
    tree = recorded.as_placed(base_dir, originals) if originals else without_own_files(walk(Path(base_dir)))
    elsewhere = {i.path: i.where for i in originals or ()}
    seen = look(
        tree,
        find_parts(tree) if parts else [Part()],
        validation_split=_share(validation_split),
        loaders=loaders,
    )
    order = _Order(classes, recorded.recorded_classes(base_dir), positive, reject, meaning)
    class_map = _class_map(seen, order)
    evidence = Evidence(
        tree=tree,
        parts=seen,
        class_map=class_map,
        images=by_class(seen, class_map.classes),
        facts=_facts(tree, seen, context, elsewhere),
        validation_split=validation_split,
        loader=loader,
        image_size=size,
    )
    findings = find(evidence, choice)
    report = _report(str(base_dir), evidence, findings, gate_at, context.now() - began)
    return replace(report, originals=bool(originals))


def _tell_half(base_dir: str, run: Run) -> None:
    why = half_done(base_dir)
    if why:
        run.progress.note(f"{base_dir}: {why}: what follows is about half a set; let the sort end, or run it again")


def _loaders(loader: str | None) -> tuple[str, ...]:
    names = tuple(LOADER_TITLES)
    if loader is None:
        return names
    if loader not in names:
        raise UsageError(f"no loader '{loader}'", remedy=did_you_mean(loader, names))
    return (loader,)


def _fail_on(value: str) -> FailOn:
    if value not in list(FailOn):
        raise UsageError(f"--fail-on takes {', '.join(FailOn)}, not '{value}'")
    return FailOn(value)


def _share(value: float) -> float:
    if not 0 <= value < 1:
        raise UsageError(f"--validation-split must be at least 0 and below 1, not {value:g}")
    return value


def _size(value: tuple[int, int]) -> tuple[int, int]:
    if min(value) < 1:
        raise UsageError(f"image_size must be at least 1 x 1 pixels, not {value[0]} x {value[1]}")
    return value


def _class_map(parts: Sequence[PartView], order: _Order) -> ClassMap:
    """The map over the classes of all parts; a declared class without a folder stays, and is found empty."""
    names = union_of_classes(part.tree for part in parts)
    declared = order.declared or ()
    if declared and set(names) <= set(declared):
        names = tuple(dict.fromkeys(declared))
    return make_class_map(
        names,
        declared=declared,
        ledger=order.ledger,
        positive=order.positive,
        reject=order.reject if order.reject in names else None,
        meaning=order.meaning,
    )


def _facts(tree: Tree, parts: Sequence[PartView], run: Run, elsewhere: Mapping[str, str]) -> dict[str, ImageFacts]:
    """The facts of every image, by path; links that lead nowhere and special files are not opened.

    `elsewhere` says where the bytes of a path are, relative to the root, when they are not there.
    """
    taken = {part.part.prefixed(f.path): f for part in parts for f in part.images}
    images = {f.path: f for f in tree.files if f.is_image} | taken
    facts = {path: _unopened(path, f) for path, f in images.items() if f.kind is not FileKind.FILE}
    paths = sorted(path for path in images if path not in facts)
    engine = make_engine(run.workers, len(paths))
    run.progress.start("reading images", len(paths))
    try:
        shards = [paths[i : i + SHARD] for i in range(0, len(paths), SHARD)]
        places = [[elsewhere.get(path, path) for path in shard] for shard in shards]
        for receipt in engine.run(ProbeTask(tree.root), places):
            for path, result in zip(shards[receipt.shard], receipt.results, strict=True):
                facts[path] = _lost(path, result) if isinstance(result, Lost) else replace(result, path=path)
            run.progress.advance(len(receipt.results))
    finally:
        engine.close()
        run.progress.finish()
    return facts


def _unopened(path: str, file: FileEntry) -> ImageFacts:
    return ImageFacts(path, file.size, fault=f"{file.kind}, not opened")


def _lost(path: str, lost: Lost) -> ImageFacts:
    return ImageFacts(path, 0, fault=lost.reason)


def _report(
    base_dir: str, evidence: Evidence, findings: tuple[Finding, ...], fail_on: FailOn, seconds: float
) -> AuditReport:
    unreadable = sum(not fact.readable for fact in evidence.facts.values())
    others = sum(f.path not in evidence.facts for f in evidence.tree.files)
    return AuditReport(
        base_dir=base_dir,
        files=FileCounts(len(evidence.facts) - unreadable, unreadable, others),
        classes=_class_counts(evidence),
        class_map=evidence.class_map,
        parts=tuple(p.part.folder for p in evidence.parts if p.part.role),
        loaders=summaries(evidence),
        findings=findings,
        gate=judge(findings, fail_on),
        seconds=seconds,
        facts=tuple(fact for _, fact in sorted(evidence.facts.items())),
    )


def _class_counts(evidence: Evidence) -> tuple[ClassCount, ...]:
    whole = sum(len(paths) for paths in evidence.images.values())
    parts = [p for p in evidence.parts if p.part.role]
    held = {p.part.folder: by_class([p], evidence.class_map.classes) for p in parts}
    return tuple(
        ClassCount(
            name=name,
            images=len(paths),
            share=len(paths) / whole if whole else 0.0,
            parts={folder: len(images[name]) for folder, images in held.items()},
        )
        for name, paths in evidence.images.items()
    )
