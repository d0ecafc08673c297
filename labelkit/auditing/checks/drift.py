"""The set is unlike the one of an older audit."""

from __future__ import annotations

from collections.abc import Iterator

from labelkit.auditing.evidence import Evidence
from labelkit.auditing.verdict import Verdict


def drift(evidence: Evidence) -> Iterator[Verdict]:
    """Facts of now beside those of an older audit (`--against`): class shares, every measure, what is new and gone.

    Thresholds: Cramér's V of the class shares from 0.15, Kolmogorov-Smirnov of a number or Cramér's V of a kind from
    0.2 (both as in deepchecks), each with a chance below 0.01, corrected after Holm for all measures. New and gone
    kinds are told where chance would hardly have put all their images on one side. No image of then is needed.
    """
    if evidence.earlier is not None:
        from labelkit.auditing.drift_verdicts import verdicts

        yield from verdicts(evidence, evidence.earlier)


def why_no_drift(evidence: Evidence) -> str:
    """Why drift cannot be measured; empty when it can."""
    if evidence.earlier is None:
        return "no older audit was given (--against FACTS)"
    return "" if evidence.facts else "there is no image"
