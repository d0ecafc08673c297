"""An adoption for people: which way round the model reads, and how sure that is."""

from __future__ import annotations

from rich.console import Console

from labelkit.domain.adoption import Adoption, Scored
from labelkit.reporting.console import Column, print_table, say
from labelkit.reporting.metrics_console import nats, share, show_confusion


def show_adoption(found: Adoption, console: Console) -> None:
    """Print every reading that was tried, the best first, and what to do next."""
    looked, seen = found.looked_at
    some = f"{looked:,} of {seen:,} images, evenly" if looked < seen else f"{seen:,} images"
    height, width = found.card.image_size
    say(console, f"{found.model}: pictures of {height} x {width}, held against {some} of {found.base_dir}")
    say(console)
    orders = len(found.card.class_map.classes)
    heads = (*(f"index {i}" for i in range(orders)), "pixels", "recipe", "cross-entropy", "accuracy", "")
    rows = [_row(scored, best=i == 0) for i, scored in enumerate(found.readings)]
    print_table(console, [Column(h, right=h in {"cross-entropy", "accuracy"}) for h in heads], rows)
    say(console, f"class shares alone have a cross-entropy of {nats(found.prior_cross_entropy)}")
    say(console)
    say(console, found.card.class_map.told())
    say(console)
    show_confusion(found.metrics, console)
    say(console, "these images chose the reading: judge the model on others with labelkit evaluate")
    say(console)
    say(console, f"saved {found.latest}")
    say(console, f"use it:  labelkit predict {found.latest} IMAGES")


def _row(scored: Scored, *, best: bool) -> list[str]:
    reading = scored.reading
    told = "fits" if best else ""
    return [
        *reading.classes,
        str(reading.scale),
        reading.recipe,
        nats(scored.cross_entropy),
        share(scored.accuracy),
        told,
    ]
