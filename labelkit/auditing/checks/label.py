"""Images whose class folder a trained model contradicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from labelkit.auditing.evidence import Evidence
from labelkit.auditing.verdict import Verdict, counted, listed
from labelkit.domain.findings import Severity
from labelkit.domain.label_opinion import LabelOpinion
from labelkit.domain.suspects import Suspect


def label(evidence: Evidence) -> Iterator[Verdict]:
    """Warning for each class in which a model favours another one for some images, the worst first: look at them.

    The images of a class are ranked by cross-entropy from logits, unweighted and unsmoothed; ranking within the class
    keeps a rare one from filling the list. Probable errors only: a rare good image is contradicted too, and what the
    model learned by heart is not. A model that reads two classes the wrong way round (p < 0.01), or does not beat the
    class shares (its sureness brought to scale) or does so by luck (p > 0.05), names no image. Remedy: verdicts.
    """
    opinion = evidence.opinion
    if opinion.why_not:
        return
    if opinion.refused:
        yield Verdict(
            f"the model in {opinion.bundle} cannot be asked about the labels: {opinion.refused}",
            remedy="is it a model of these classes, and are the folders not swapped? labelkit evaluate tells more",
            numbers=_numbers(opinion),
        )
    else:
        yield from _believed(evidence, opinion)
    if opinion.strange:
        yield Verdict(
            f"the model has no name for {listed(opinion.strange)}: the images there were not held against it",
            severity=Severity.INFO,
        )


def why_no_labels(evidence: Evidence) -> str:
    """Why no model was asked; empty when one was."""
    return evidence.opinion.why_not


def _believed(evidence: Evidence, opinion: LabelOpinion) -> Iterator[Verdict]:
    suspects = opinion.suspects(evidence.class_map.classes)
    for name, some in suspects.by_label.items():
        yield _of_class(name, some, len(evidence.images[name]), opinion)
    if not suspects.suspects:
        yield Verdict(
            f"the model contradicts no label: {_how_good(opinion)}",
            numbers=_numbers(opinion),
            severity=Severity.INFO,
        )


def _of_class(name: str, suspects: Sequence[Suspect], images: int, opinion: LabelOpinion) -> Verdict:
    rather = Counter(s.suggested for s in suspects).most_common()
    told = ", ".join(f"{other} {n:,}" for other, n in rather)
    return Verdict(
        f"{counted(len(suspects), 'probable label error')} among {counted(images, 'image')} in {name}: "
        f"the model suggests {told}; {_how_good(opinion)}",
        remedy="look at each, for the model errs too: --suspects suspects.csv lists them; fill in the verdicts, then: "
        "labelkit sort --verdicts suspects.csv",
        files=tuple(s.path for s in suspects),
        numbers={
            "suspects": len(suspects),
            "images": images,
            **{f"suggested {other}": n for other, n in rather},
            **_numbers(opinion),
        },
    )


def _how_good(opinion: LabelOpinion) -> str:
    told = (
        f"it agrees with {100 * opinion.accuracy:.1f} % of all labels here (cross-entropy "
        f"{opinion.cross_entropy:.3f}, class shares alone {opinion.prior_cross_entropy:.3f})"
    )
    if not opinion.by_heart:
        return told
    return (
        f"{told}, but it learned from these very images and may know wrong labels by heart: "
        "the suspects.csv of its training tells more"
    )


def _numbers(opinion: LabelOpinion) -> dict[str, float]:
    return {
        "looked_at": len(opinion.scores),
        "cross_entropy": round(opinion.cross_entropy, 4),
        "prior_cross_entropy": round(opinion.prior_cross_entropy, 4),
        "accuracy": round(opinion.accuracy, 4),
    }
