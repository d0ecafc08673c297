"""The class can be told from something that is not the part: a shortcut that a network would take."""

from __future__ import annotations

from collections.abc import Iterator

from labelkit.auditing.evidence import Evidence
from labelkit.auditing.shortcut_subject import why_no_shortcuts
from labelkit.auditing.verdict import Verdict


def spurious_correlations(evidence: Evidence) -> Iterator[Verdict]:
    """One nuisance alone tells the class: how files were written, one number of the picture, time and place, names.

    Thresholds: area under the ROC curve (one class against the others, mean over the classes) of at least 0.70 under
    cross-validation with whole groups, and a chance below 0.01, from permuted labels, corrected after Holm for all
    nuisances. A trace of how files were written is an error from 0.90 on, since no part leaves it; a number of the
    picture is a warning, since a defect may make it; a file name is information, since no network sees it. The last
    finding holds the area of every nuisance. Source: cleanlab's `spurious_correlations`, which compares accuracies and
    takes noise for a shortcut where classes are unequal (`_get_baseline` in `cleanlab/datalab/internal`).
    """
    if not why_no_shortcuts(evidence):
        from labelkit.auditing.shortcut_verdicts import verdicts

        yield from verdicts(evidence)
