"""What a split has to know of each image: its content, and which others look the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from labelkit.domain.dataset import Dataset
from labelkit.domain.facts import ImageFacts
from labelkit.domain.tree import Tree
from labelkit.engines.choose import SharedWorkers
from labelkit.flows.audit_cache import fact_cache
from labelkit.flows.audit_facts import gather_facts
from labelkit.flows.audit_near import find_near
from labelkit.flows.audit_shots import AuditShots
from labelkit.flows.audit_thumbnails import AuditThumbnails
from labelkit.flows.run import Run
from labelkit.storage.walk import file_at


@dataclass(frozen=True, slots=True)
class Looked:
    """The images of a set as they were read.

    Attributes:
        facts: of each readable image, in the order of the set.
        unreadable: paths of the others.
        pairs: paths of images that look the same, each pair once.

    """

    facts: tuple[ImageFacts, ...]
    unreadable: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]


def look_at_images(dataset: Dataset, run: Run) -> Looked:
    """Read every image once, or recall what was read before, and find those that look the same."""
    paths = [path for path, _ in dataset.samples]
    there = {path: file_at(f"{dataset.root}/{path}", path) for path in paths}
    files = tuple(file for file in there.values() if file is not None)
    with closing(SharedWorkers(run.workers)) as crew:
        with fact_cache(run, wanted=True) as kept:
            facts = gather_facts(Tree(dataset.root, files=files), (), run, elsewhere={}, cache=kept, crew=crew)
        shots = AuditShots(dataset.root, facts, {}, run, crew)
        near = find_near(facts, AuditThumbnails(dataset.root, facts, {}, run), shots)
    readable = tuple(facts[p] for p in paths if p in facts and facts[p].readable)
    known = {f.path for f in readable}
    pairs = {*_same_picture(readable), *((p.first, p.second) for p in (*near.pairs, *near.others))}
    return Looked(readable, tuple(p for p in paths if p not in known), tuple(sorted(pairs)))


def _same_picture(facts: Sequence[ImageFacts]) -> Iterator[tuple[str, str]]:
    """Each image with the one before it whose small picture is the same while its bytes are not."""
    last: dict[str, ImageFacts] = {}
    for f in facts:
        if f.pixels is not None:
            before = last.get(f.pixels.digest)
            if before is not None and before.sha256 != f.sha256:
                yield min(before.path, f.path), max(before.path, f.path)
            last[f.pixels.digest] = f
