"""An audit's report, put together from what was seen and what was found."""

from __future__ import annotations

from labelkit.auditing.evidence import Evidence, by_class, summaries
from labelkit.auditing.gate import judge
from labelkit.auditing.population import in_order
from labelkit.domain.audit import AuditReport, ClassCount, FileCounts
from labelkit.domain.findings import FailOn, Finding


def report_of(
    base_dir: str, evidence: Evidence, findings: tuple[Finding, ...], fail_on: FailOn, seconds: float
) -> AuditReport:
    """The report on one folder.

    Args:
        base_dir: as it was given.
        evidence: what was judged.
        findings: the gravest first.
        fail_on: where the gate stands.
        seconds: how long it took.

    """
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
        facts=in_order(evidence),
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
