"""How rules are asked: who is told, what is timed, how long they may take, what is known of images already."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from labelkit.engines.engine import Engine
from labelkit.storage.feature_cache import FeatureCache


@dataclass(frozen=True, slots=True)
class Asking:
    """What a flow settles about asking rules; everything may be left out.

    Attributes:
        advance: told how many more images are done.
        apart: makes an engine of worker processes, for rules that might hang or end their process; None: rules of every
            kind are asked by the engine of the run.
        cache: what features earlier runs found; None keeps nothing.
        clock: seconds; with it each vote column tells what it took. It goes to worker processes.
        timeout_s: seconds that one rule may take for one image; None for no limit.
        tell_worker: told the process id and how many images it did, each time.

    """

    advance: Callable[[int], None] = lambda _: None
    apart: Callable[[int], Engine] | None = None
    cache: FeatureCache | None = None
    clock: Callable[[], float] | None = None
    timeout_s: float | None = None
    tell_worker: Callable[[int, int], None] = lambda _process, _images: None
