# labelkit sort --rules rules/dark.py --rules rules/threshold.py
from labelkit import ABSTAIN, labeling_function


@labeling_function(labels=["NG"])
def too_dark(brightness: float, *, limit: float = 20.0):
    """NG when the picture is too dark to judge (mean grey 0-255 below the limit), whatever the score says."""
    return "NG" if brightness < limit else ABSTAIN
