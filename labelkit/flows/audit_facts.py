"""The facts of every image of an audit: from the cache where the file is known, else from workers."""

from __future__ import annotations

import contextlib
import os
import tempfile
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from labelkit.auditing.evidence import PartView
from labelkit.domain.fact_columns import MANY
from labelkit.domain.fact_table import FactTable
from labelkit.domain.facts import ImageFacts
from labelkit.domain.file_table import chosen
from labelkit.domain.tree import FileEntry, FileKind, Tree
from labelkit.engines.choose import SHARD, SharedWorkers
from labelkit.engines.engine import Lost
from labelkit.engines.in_process import InProcess
from labelkit.flows.audit_pack import Packing, make_packing
from labelkit.flows.run import Run
from labelkit.storage.fact_cache import FactCache, KnownFile, is_settled, key_of, name_of, stamp_of
from labelkit.storage.fact_values import packed, unpacked_together
from labelkit.storage.walk import file_at
from labelkit.tasks.pixel_pack import PixelPack
from labelkit.tasks.probe import time_of
from labelkit.tasks.probe_known import DECODE_S, KnownProbe, Probed
from labelkit.tasks.probe_recipe import facts_recipe, thumbnail_recipe
from labelkit.tasks.watch import Limits

PICTURED = 50_000
"""Up to so many images their thumbnails are made of the same decode and kept, some 150 of the cache's 512 MB: those of
more would push facts out of it, and are made when somebody asks."""

_AT_ONCE = 2048
"""Images that are asked of the cache, or kept in it, at once."""


@dataclass(frozen=True, slots=True)
class Images:
    """The images of an audit that are to be opened, and where their bytes are.

    Attributes:
        root: absolute path of the folder.
        files: by path.
        elsewhere: path to where its bytes are, relative to the root, when they are not there.

    """

    root: str
    files: Sequence[FileEntry]
    elsewhere: Mapping[str, str]

    def place(self, path: str) -> str:
        """Where the bytes of an image are, relative to the root."""
        return self.elsewhere.get(path, path)

    def where(self, path: str) -> str:
        """The same as an absolute path."""
        return os.path.join(self.root, self.place(path))  # noqa: PTH118 - names are bytes, not Path's business

    def file(self, at: int) -> FileEntry | None:
        """The file as it was walked, or as it is now for bytes elsewhere; None where it cannot be had."""
        file = self.files[at]
        return file_at(self.where(file.path), file.path) if file.path in self.elsewhere else file


def gather_facts(
    tree: Tree,
    parts: Sequence[PartView],
    run: Run,
    *,
    elsewhere: Mapping[str, str],
    cache: FactCache | None,
    crew: SharedWorkers,
    pack: PixelPack | None = None,
) -> Mapping[str, ImageFacts]:
    """The facts of every image, by path; links that lead nowhere and special files are not opened.

    Args:
        tree: the folder as walked.
        parts: its parts; what a loader takes for an image is one.
        run: workers, progress, clock.
        elsewhere: where the bytes of a path are, relative to the root, when they are not there.
        cache: what earlier audits saw; None to read and decode everything.
        crew: who does the work.
        pack: the pixels that are made ready for training on the way, which is told; None for none.

    """
    taken = {part.part.prefixed(f.path) for part in parts for f in part.images if not f.is_image}
    every = chosen(tree.files, lambda f: f.is_image or f.path in taken)
    images = Images(tree.root, chosen(every, lambda f: f.kind is FileKind.FILE), elsewhere)
    unopened = (_unopened(f) for f in every if f.kind is not FileKind.FILE)
    packing = make_packing(pack, len(images.files), run) if cache is not None else None
    facts = chain(unopened, _gathered(images, run, crew, _Keeping(cache, packing, run.wall_ns())))
    gathered = FactTable(facts) if len(every) > MANY else {f.path: f for f in facts}
    if packing is not None:
        packing.tell(gathered.values())
    return gathered


def _gathered(images: Images, run: Run, crew: SharedWorkers, keeping: _Keeping) -> Iterator[ImageFacts]:
    known = bytearray(len(images.files))
    for at, fact in _found(images, keeping.cache, keeping.packing):
        known[at] = True
        yield fact
    rest = array("q", (at for at, done in enumerate(known) if not done))
    run.progress.start("reading images", len(rest))
    try:
        yield from _read(images, rest, run, crew, keeping)
    finally:
        run.progress.finish()


@dataclass(frozen=True, slots=True)
class _Keeping:
    """Where what is read is kept: the cache, the packed pixels, and when the audit began, ns since the epoch."""

    cache: FactCache | None
    packing: Packing | None
    begun_ns: int


def _found(images: Images, cache: FactCache | None, packing: Packing | None) -> Iterator[tuple[int, ImageFacts]]:
    """What the cache knows of files that are as they were when they were read; and their positions."""
    for start in range(0, len(images.files) if cache else 0, _AT_ONCE):
        assert cache is not None
        part = range(start, min(start + _AT_ONCE, len(images.files)))
        asked = [(at, file) for at in part if (file := images.file(at)) is not None]
        names = [(name_of(images.where(images.files[at].path)), stamp_of(file)) for at, file in asked]
        known = [(at, file, d) for (at, file), d in zip(asked, cache.digests(names), strict=True) if d]
        keys = [key_of(digest, facts_recipe(images.files[at].path)) for at, _, digest in known]
        bodies = cache.bodies(keys)
        here = [(at, file, d, bodies[key]) for (at, file, d), key in zip(known, keys, strict=True) if key in bodies]
        rows = [(body, images.files[at].path, time_of(file.mtime_ns)) for at, file, _, body in here]
        facts = zip(here, unpacked_together(rows), strict=True)
        found = [(at, fact) for (at, _, digest, _), fact in facts if fact is not None and fact.sha256 == digest]
        yield from packing.done(found) if packing is not None else found


def _read(
    images: Images, rest: Sequence[int], run: Run, crew: SharedWorkers, keeping: _Keeping
) -> Iterator[ImageFacts]:
    """Read what is not known, and keep it on the way."""
    shards = [rest[i : i + SHARD] for i in range(0, len(rest), SHARD)]
    new: list[tuple[int, Probed]] = []
    cache, pack = keeping.cache, None if keeping.packing is None else keeping.packing.pack
    with crew.engine(len(rest)) as engine, _marks(here=isinstance(engine, InProcess)) as marks:
        limits = Limits(DECODE_S, marks, run.process)
        pictures = cache is not None and len(images.files) <= PICTURED
        task = KnownProbe(images.root, str(cache.path) if cache else "", limits, pack, pictures)
        places = ([(at, images.place(images.files[at].path)) for at in shard] for shard in shards)
        for receipt in engine.run(task, places):
            for at, result in zip(shards[receipt.shard], receipt.results, strict=True):
                file = images.files[at]
                path = file.path
                if isinstance(result, Lost):
                    yield ImageFacts(path, file.size, fault=result.reason)
                    continue
                probed = result
                if result.facts.path != path:  # its bytes are elsewhere
                    probed = replace(result, facts=replace(result.facts, path=path))
                new.append((at, probed))
                yield probed.facts
            run.progress.advance(len(receipt.results))
            if len(new) >= _AT_ONCE:
                _keep(images, new, cache, keeping.begun_ns)
                new.clear()
    _keep(images, new, cache, keeping.begun_ns)


def _marks(*, here: bool) -> contextlib.AbstractContextManager[str]:
    """A folder for the marks of workers; none for work in this process, which outlives nothing."""
    return contextlib.nullcontext("") if here else tempfile.TemporaryDirectory(prefix="labelkit-")


def _keep(images: Images, new: Sequence[tuple[int, Probed]], cache: FactCache | None, begun_ns: int) -> None:
    if cache is None:
        return
    files: list[KnownFile] = []
    for at, probed in new:
        file = images.file(at) if probed.steady else None
        if file is not None and is_settled(file, begun_ns) and time_of(file.mtime_ns) == probed.facts.modified:
            files.append((name_of(images.where(probed.facts.path)), stamp_of(file), probed.facts.sha256))
    made = [(p.facts, p.thumbnail) for _, p in new if p.decoded]
    bodies = [(key_of(f.sha256, facts_recipe(f.path)), packed(f)) for f, _ in made]
    recipe = thumbnail_recipe()
    cache.keep(files, bodies + [(key_of(f.sha256, recipe), picture) for f, picture in made if picture])


def _unopened(file: FileEntry) -> ImageFacts:
    return ImageFacts(file.path, file.size, fault=f"{file.kind}, not opened")
