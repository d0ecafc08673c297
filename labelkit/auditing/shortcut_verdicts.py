"""Shortcuts in words: one verdict for each origin of nuisances, and one that says how all of them fared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from labelkit.auditing.coding import Coded, Numbers, as_numbers
from labelkit.auditing.evidence import Evidence
from labelkit.auditing.measures import Origin
from labelkit.auditing.nuisances import Subject
from labelkit.auditing.shortcut_subject import left_out, subject
from labelkit.auditing.shortcuts import Judged, search
from labelkit.auditing.verdict import Verdict, counted
from labelkit.domain.findings import Severity

_GRAVE = 0.90
"""Area from which on a trace of how files were written is an error: hardly another thing needs to be learnt."""

_TOLD = 4
"""So many nuisances of one origin are named; the numbers have all of them."""

_EXAMPLES = 3
_SMOOTHING = 4.0


@dataclass(frozen=True, slots=True)
class _Words:
    seen: str
    remedy: str


_WORDS = {
    Origin.WRITTEN: _Words(
        "the class can be told from how the files were written",
        "write all images in one way, from the originals: a network learns these traces in place of the part, and they "
        "are gone on the line",
    ),
    Origin.PICTURE: _Words(
        "the class can be told from one number of the whole picture",
        "a defect may do that (burnt parts are darker): look at the examples. If lamp, exposure or camera do it, take "
        "both classes in one light, or vary it in training",
    ),
    Origin.TAKEN: _Words(
        "the class can be told from when, where or by what the picture was taken",
        "a network learns what else differs there: collect each class under all of these, and validate on some that "
        "training has not seen",
    ),
    Origin.NAMED: _Words(
        "the class can be told from file names",
        "no network sees them; but if classes were collected apart, light or camera may differ as well",
    ),
}


def verdicts(evidence: Evidence) -> Iterator[Verdict]:
    """The verdicts on a folder in which shortcuts can be looked for."""
    seen = subject(evidence)
    judged = search(seen, evidence.group_of)
    for origin in Origin:
        telling = [j for j in judged if j.tells and j.measure.origin is origin]
        if telling:
            yield _verdict(telling, seen)
    yield _table(judged, seen, left_out(evidence, seen))


def _verdict(telling: Sequence[Judged], seen: Subject) -> Verdict:
    first = telling[0]
    words = _WORDS[first.measure.origin]
    also = ", ".join(f"{j.measure.told} ({j.auc:.2f})" for j in telling[1:_TOLD])
    more = f" and {len(telling) - _TOLD} more" if len(telling) > _TOLD else ""
    return Verdict(
        f"{words.seen}: {first.measure.told}, area under the ROC curve {first.auc:.2f} ({_how(first, seen)})"
        f"{f'; also {also}{more}' if also else ''}",
        remedy=words.remedy,
        files=_examples(first, seen),
        numbers={f"auc_{j.measure.name}": j.auc for j in telling}
        | {f"p_{j.measure.name}": round(j.corrected, 6) for j in telling},
        severity=_severity(first),
    )


def _severity(judged: Judged) -> Severity:
    """Grave is what no part can do and what a network sees; of a picture's numbers nobody can say whose they are."""
    if judged.measure.origin is Origin.NAMED:
        return Severity.INFO
    return Severity.ERROR if judged.measure.origin is Origin.WRITTEN and judged.auc >= _GRAVE else Severity.WARNING


def _table(judged: Sequence[Judged], seen: Subject, omitted: str) -> Verdict:
    others = [j for j in judged if not j.tells]
    if not others:
        told = "no other nuisance differs between images" if judged else "no nuisance differs between images"
    else:
        none = "none of" if len(others) == len(judged) else "none of the other"
        told = (
            f"{none} {counted(len(others), 'nuisance')} tells the class; nearest: {others[0].measure.told}, "
            f"area under the ROC curve {others[0].auc:.2f}"
        )
    of = f"{counted(len(seen.paths), 'image')}{f'; {omitted}' if omitted else ''}"
    return Verdict(
        f"{told} ({of})",
        numbers={"images": len(seen.paths), "nuisances": len(judged)}
        | {f"auc_{j.measure.name}": j.auc for j in judged},
        severity=Severity.INFO,
    )


def _how(judged: Judged, seen: Subject) -> str:
    """What the class that is told best has, and what the others have."""
    assert judged.coded is not None
    best, share = _best(judged.coded, seen)
    name = seen.classes[best]
    rest = "the others" if len(seen.classes) > 2 else seen.classes[1 - best]  # noqa: PLR2004 - two have names
    labels = np.array(seen.labels, np.intp)
    if judged.coded.ordered:
        middle = [
            _middle(as_numbers(judged.values)[mask], judged.measure.tell) for mask in (labels == best, labels != best)
        ]
        return f"the middle one of {name} has {middle[0]}, of {rest} {middle[1]}"
    kind = int(share.argmax())
    inside = labels[judged.coded.codes == kind]
    shown = judged.coded.kinds[kind] or "rarer kinds"
    return f"{shown}: {int((inside == best).sum()):,} of {counted(inside.size, 'image')} are {name}"


def _middle(numbers: Numbers, tell: Callable[[float], str]) -> str:
    known = numbers[np.isfinite(numbers)]
    return tell(float(np.median(known))) if 2 * known.size > numbers.size else "none"


def _examples(judged: Judged, seen: Subject) -> tuple[str, ...]:
    """Images that show it best: some of the class that is told best, some of the others."""
    assert judged.coded is not None
    best, share = _best(judged.coded, seen)
    labels, score = np.array(seen.labels, np.intp), share[judged.coded.codes]
    typical = np.flatnonzero(labels == best)
    others = np.flatnonzero(labels != best)
    chosen = [
        *typical[np.argsort(-score[typical], kind="stable")][:_EXAMPLES],
        *others[np.argsort(score[others], kind="stable")][:_EXAMPLES],
    ]
    return tuple(sorted(seen.paths[i] for i in chosen))


def _best(bins: Coded, seen: Subject) -> tuple[int, Numbers]:
    """The class whose share differs the most from bin to bin (the last of equal ones), and its share in each bin."""
    count = len(seen.classes)
    table = np.bincount(bins.codes * count + np.array(seen.labels, np.intp), minlength=bins.bins * count)
    images = table.reshape(bins.bins, count).astype(np.float64)
    prior = images.sum(axis=0) / images.sum()
    share = (images + _SMOOTHING * prior) / (images.sum(axis=1, keepdims=True) + _SMOOTHING)
    spread = (images.sum(axis=1, keepdims=True) * (share - prior) ** 2).sum(axis=0) / (prior * (1 - prior))
    best = count - 1 - int(np.round(spread[::-1], 9).argmax())
    return best, share[:, best]
