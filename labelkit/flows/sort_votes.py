"""Have the rules vote: workers, cache of features, clocks and timeouts as a run has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from labelkit.domain.votes import VoteColumn
from labelkit.engines.choose import SHARD, make_engine
from labelkit.flows.run import Run
from labelkit.plugins.sources import Sources
from labelkit.sorting.matching import Matches
from labelkit.storage.feature_cache import FeatureCache, cache_folder
from labelkit.tasks.asking import Asking
from labelkit.tasks.vote import cast_votes
from labelkit.tasks.vote_inputs import looks_at_images
from labelkit.tasks.watch import has_timer

RULE_TIMEOUT_S = 30.0
"""Seconds that one rule may take for one image, unless told otherwise."""


_NO_END_S = 1e6


@dataclass(frozen=True, slots=True)
class Votes:
    """The votes of all rules, and which processes did how many images; no process where all was done in this one."""

    columns: tuple[VoteColumn, ...]
    workers: Mapping[int, int] = field(default_factory=dict)


def have_voted(
    sources: Sources,
    matches: Matches | None,
    where: Sequence[str],
    run: Run,
    *,
    timeout_s: float = RULE_TIMEOUT_S,
    clock: Callable[[], float] | None = None,
) -> Votes:
    """The votes on every image.

    Args:
        sources: what votes.
        matches: the rows and whose they are; None without metadata.
        where: absolute path of each image's file.
        run: its progress and workers.
        timeout_s: seconds that one rule may take for one image; 0 for no limit.
        clock: with it each rule is timed.

    """
    done: Counter[int] = Counter()
    patience_s = _patience(timeout_s, len(sources.rules))
    table = matches.table.columns if matches else {}
    run.progress.start("voting", len(where))
    cache = FeatureCache(cache_folder(), say=run.progress.note) if looks_at_images(sources.rules, table) else None
    try:
        columns = cast_votes(
            sources,
            table=table,
            table_name=matches.table.name if matches else "",
            lines=matches.table.place if matches else (),
            records=matches.records if matches else (),
            where=where,
            make_engine=lambda items: make_engine(run.workers, items, patience_s=patience_s),
            asking=Asking(
                advance=run.progress.advance,
                apart=lambda items: make_engine(run.workers, items, apart=True, patience_s=patience_s),
                cache=cache,
                clock=clock,
                timeout_s=timeout_s or None,
                tell_worker=lambda process, images: done.update({process: images}),
            ),
        )
    finally:
        if cache is not None:
            cache.close()
    run.progress.finish()
    return Votes(columns, {process: done[process] for process in sorted(done) if process != run.process})


def _patience(timeout_s: float, rules: int) -> float:
    """Seconds after which workers count as hung: where rules are stopped one by one, only when all of that failed."""
    if not timeout_s:
        return _NO_END_S
    return max(1, rules) * (SHARD + 1) * timeout_s if has_timer() else 2 * timeout_s + 30
