"""What an evaluation says in words, the same on the console and on the page."""

from __future__ import annotations

from labelkit.domain.evaluation import Calibration
from labelkit.reporting.metrics_console import nats, rounded

CHOSEN_HERE = "chosen and counted on the same images: expect a little more on others"
"""Of thresholds that were picked where their mistakes are counted."""


def calibration_told(found: Calibration, cross_entropy: float) -> str:
    """How far probabilities can be taken at their word, and what a temperature would mend."""
    off = f"probabilities are off by {rounded(found.error)} on average"
    if found.temperature is None or found.cross_entropy_after is None or found.error_after is None:
        return f"{off}; these images do not determine a temperature"
    mood = "too sure of itself" if found.temperature > 1 else "less sure than it could be"
    return (
        f"{off}: the model is {mood}; logits / {found.temperature:.2f} (temperature, fitted on these images) "
        f"would give {rounded(found.error_after)} and cross-entropy {nats(found.cross_entropy_after)} "
        f"in place of {nats(cross_entropy)}"
    )
