"""JPEGs with damage inside that the usual decoders read without a word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from labelkit.auditing.evidence import Evidence
from labelkit.auditing.population import paths_of, readable
from labelkit.auditing.verdict import Verdict, counted
from labelkit.domain.facts import ImageFacts
from labelkit.domain.findings import Severity

_SILENT = (
    "Keras' loaders, and all that decode by Pillow or TensorFlow, read them without a word, and from the damage on the "
    "pixels are made up"
)
"""Pillow 13 and TensorFlow 2.21 take libjpeg's warnings for nothing; each file here was also decoded by Pillow."""


def damaged(evidence: Evidence) -> Iterator[Verdict]:
    """Error: libjpeg itself complains of the coded pixels. Warning: only what was decoded looks like damage.

    The complaint has no threshold: the strict decoder (libjpeg-turbo, each warning an error) either finishes or does
    not; what changes no pixel, as stray bytes between the segments of a header, is no complaint. Suspected are bytes
    left over behind a scan, and a seam along the blocks; its thresholds stand in `imaging/seams.py`.
    Source of the need: keras-team/keras#5475 and ultralytics/yolov5#916, damaged images that trained silently.
    Remedy: take the file again from where it came.
    """
    seen = readable(evidence)
    certain = [fact for fact in seen if fact.damage]
    if certain:
        yield Verdict(
            f"{counted(len(certain), 'JPEG')} damaged inside ({_kinds([f.damage for f in certain])}): {_SILENT}",
            remedy="copy them again from the camera or the archive, or delete them",
            files=paths_of(certain),
            numbers={"images": len(certain)},
        )
    suspected = [fact for fact in seen if fact.suspected and not fact.damage]
    if suspected:
        yield _suspicion(suspected)


def _suspicion(facts: Sequence[ImageFacts]) -> Verdict:
    first = facts[0]
    more = f"; {first.path}: {first.suspected}" if len(facts) > 1 else f": {first.suspected}"
    return Verdict(
        f"{counted(len(facts), 'JPEG')} suspected of damage inside, though every decoder reads it in full{more}",
        remedy="look at them; copy what is damaged again from the camera or the archive",
        files=paths_of(facts),
        numbers={"images": len(facts)},
        severity=Severity.WARNING,
    )


def _kinds(told: Sequence[str]) -> str:
    counts = Counter(told).most_common()
    if len(counts) == 1:
        return counts[0][0]
    return ", ".join(f"{kind}: {n:,}" for kind, n in counts)
