"""An adoption as the JSON object of `labelkit adopt --json`."""

from __future__ import annotations

from labelkit.domain.adoption import Adoption


def adoption_json(found: Adoption) -> dict[str, object]:
    """The object; seconds only under `timing`."""
    return {
        "schema": 1,
        "model": found.model,
        "base_dir": found.base_dir,
        "bundle": found.bundle,
        "class_map": found.card.class_map.as_json(),
        "pixels": str(found.readings[0].reading.scale),
        "recipe": found.readings[0].reading.recipe,
        "image_size": list(found.card.image_size),
        "images": {"looked_at": found.looked_at[0], "seen": found.looked_at[1]},
        "readings": [scored.as_json() for scored in found.readings],
        "prior_cross_entropy": found.prior_cross_entropy,
        "metrics": found.metrics.as_json(),
        "timing": {"seconds": round(found.seconds, 3)},
    }
