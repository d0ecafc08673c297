# labelkit sort --rules rules/threshold.py
from labelkit import labeling_function


@labeling_function(columns=["score"], labels=["GO", "NG"])
def by_score(row, *, threshold: float = 80.0):
    """GO at or above the threshold."""
    return "GO" if row.score >= threshold else "NG"
