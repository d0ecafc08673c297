# labelkit sort --rules rules/score_classes.py --base-dir score_classes
from labelkit import labeling_function


@labeling_function(columns=["score"], labels=["60", "100"])
def score_class(row, *, threshold: float = 80.0):
    """100 at or above the threshold, 60 below it."""
    return "100" if row.score >= threshold else "60"
