"""One shot or two of one scene: the originals of the most similar pairs, their noise, and the set's own measure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from labelkit.domain.facts import ImageFacts
from labelkit.domain.near import NearPair, Turn
from labelkit.domain.shots import NoiseMatch, NoiseTrial, Original, Patterns, ShotLook
from labelkit.engines.choose import SharedWorkers
from labelkit.engines.engine import Engine, Lost
from labelkit.flows.run import Run

_Item = TypeVar("_Item")
_Answer = TypeVar("_Answer")

_OF_PATTERN, _AT_ONCE, _FEWEST = 100, 13, 8
"""Images that a camera's pattern is made of, at most; in one batch; and at least: of fewer, their scene is in it."""

_CAMERAS = 16
"""Cameras whose patterns are made: those with the most images."""

_TRIALS = 16
"""Images that copies are made of."""

_HEAVY = 10
"""How many times as long an image takes here as its facts do: it is decoded in full size."""

_SHARD, _FEW = 8, 2
"""Pairs, and images that copies are made of, that are handed to a worker at a time, so that all workers have some."""

_SHAPES = 1.03
"""By what the shapes (width by height) of a camera's images and of their copies may differ."""

_Camera = tuple[int, int, str]
"""Width and height, upright, and what EXIF says of the camera."""


@dataclass(frozen=True, slots=True)
class AuditShots:
    """The originals of one set.

    Attributes:
        root: absolute path of the folder.
        facts: of each image, by path.
        elsewhere: where the bytes of a path are, relative to the root, when they are not there.
        run: progress.
        crew: who does the work.

    """

    root: str
    facts: Mapping[str, ImageFacts]
    elsewhere: Mapping[str, str]
    run: Run
    crew: SharedWorkers

    def judged(
        self, pairs: Sequence[NearPair], random: Sequence[Sequence[NearPair]], scene: Sequence[str]
    ) -> tuple[list[NearPair], ShotLook]:
        """Each pair with its verdict, by first and second; beyond so many, the least similar stay without one.

        Args:
            pairs: of pictures that look the same.
            random: pairs of one scene that are no copies, in groups that share their pictures: each is read once.
            scene: images of that scene, from some of which copies are made.

        """
        from labelkit.auditing.shots import MOST, scale_of, shot_of

        nearest = sorted(pairs, key=lambda p: (p.distance, p.first, p.second))
        asked, rest = sorted(nearest[:MOST], key=_names), nearest[MOST:]
        if not asked:
            return [], ShotLook()
        drawn = [pair for group in random for pair in group]
        sample = _evenly(scene, _TRIALS)
        with self.crew.engine(_HEAVY * len([*drawn, *asked])) as engine:
            patterns, camera_of = self._patterns(engine)
            shards = [*(group for group in random if group), *_sharded(asked, _SHARD)]
            matches = self._matches(engine, shards, patterns, camera_of)
            trials = self._trials(engine, sample, patterns, camera_of)
        scale = scale_of([m for m in matches[: len(drawn)] if m is not None], trials)
        told = [
            replace(pair, shot=shot_of(match, scale), match=match.match if match else 0.0)
            for pair, match in zip(asked, matches[len(drawn) :], strict=True)
        ]
        return sorted([*told, *rest], key=_names), ShotLook(scale, len(asked), len(rest))

    def _matches(
        self, engine: Engine, shards: Sequence[Sequence[NearPair]], patterns: Patterns, camera_of: Mapping[str, str]
    ) -> list[NoiseMatch | None]:
        from labelkit.tasks.shots import MatchTask

        items = [
            [(self._original(p.first, camera_of), self._original(p.second, camera_of), p.turn) for p in shard]
            for shard in shards
        ]
        task: Callable[[Sequence[tuple[Original, Original, Turn]]], list[NoiseMatch | None]]
        task = MatchTask(self.root, patterns)
        return self._done(engine, "looking at the noise of similar pairs", task, items)

    def _trials(
        self, engine: Engine, paths: Sequence[str], patterns: Patterns, camera_of: Mapping[str, str]
    ) -> list[NoiseTrial]:
        from labelkit.tasks.shots import TrialTask

        items = [self._original(path, camera_of) for path in paths]
        found = self._done(engine, "trying copies", TrialTask(self.root, patterns), _sharded(items, _FEW))
        return [trial for trial in found if trial is not None]

    def _patterns(self, engine: Engine) -> tuple[Patterns, dict[str, str]]:
        """The fixed pattern of each camera with enough images, and the camera of each image.

        A copy of another size takes the pattern of the largest camera of its shape: on the common grid it is the same.
        """
        from labelkit.tasks.shots import PatternTask, mean_of

        cameras: dict[_Camera, list[str]] = {}
        for path in sorted(self.facts):
            if self.facts[path].readable and self.facts[path].pixels is not None:
                cameras.setdefault(_camera(self.facts[path]), []).append(path)
        known = [c for c in sorted(cameras, key=lambda c: (-len(cameras[c]), c)) if len(cameras[c]) >= _FEWEST]
        known = known[:_CAMERAS]
        made: dict[str, bytes] = {}
        for number, camera in enumerate(known):
            some = [self._original(path, {}) for path in _evenly(cameras[camera], _OF_PATTERN)]
            batches = _sharded(_sharded(some, _AT_ONCE), 1)
            sums = self._done(engine, "averaging the camera's noise", PatternTask(self.root), batches)
            made[str(number)] = mean_of([s for s in sums if s is not None])
        named = {camera: _nearest(camera, known) for camera in cameras}
        return Patterns(made), {path: named[camera] for camera, paths in cameras.items() for path in paths}

    def _original(self, path: str, camera_of: Mapping[str, str]) -> Original:
        return Original(self.elsewhere.get(path, path), self.facts[path].sha256, camera_of.get(path, ""))

    def _done(
        self,
        engine: Engine,
        told: str,
        task: Callable[[Sequence[_Item]], Sequence[_Answer]],
        shards: Sequence[Sequence[_Item]],
    ) -> list[_Answer | None]:
        """What the task says of each item; None where a worker died on it."""
        out: list[_Answer | None] = []
        self.run.progress.start(told, sum(len(shard) for shard in shards))
        try:
            for receipt in engine.run(task, shards):
                out += [None if isinstance(result, Lost) else result for result in receipt.results]
                self.run.progress.advance(len(receipt.results))
        finally:
            self.run.progress.finish()
        return out


def _names(pair: NearPair) -> tuple[str, str]:
    return pair.first, pair.second


def _sharded(things: Sequence[_Item], size: int) -> list[Sequence[_Item]]:
    return [things[i : i + size] for i in range(0, len(things), size)]


def _evenly(things: Sequence[_Item], most: int) -> list[_Item]:
    """So many of them, at most, from first to last."""
    if len(things) <= most:
        return list(things)
    return [things[i * len(things) // most] for i in range(most)]


def _camera(fact: ImageFacts) -> _Camera:
    on_its_side = fact.orientation >= 5  # noqa: PLR2004 - EXIF 2.32, 4.6.4
    wide, high = (fact.height, fact.width) if on_its_side else (fact.width, fact.height)
    return wide, high, "" if fact.exif is None else fact.exif.camera


def _nearest(camera: _Camera, known: Sequence[_Camera]) -> str:
    """The name of the camera's own pattern, else of the first of its shape; empty when there is none."""
    if camera in known:
        return str(known.index(camera))
    wide, high, _ = camera
    for number, (across, along, _) in enumerate(known):
        one, other = wide * along, high * across
        if max(one, other) <= _SHAPES * min(one, other):
            return str(number)
    return ""
