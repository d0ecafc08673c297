"""`adopt`: a plain .keras model and labeled images in; which way round it reads, and a bundle, out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from labelkit.domain.adoption import LEAST, Adoption, Scale
from labelkit.domain.bundle import LATEST, BundleCard
from labelkit.domain.classes import ClassMap, OrderSource
from labelkit.domain.dataset import Dataset
from labelkit.domain.errors import UsageError
from labelkit.domain.names import one_of
from labelkit.domain.recipe import Recipe
from labelkit.domain.training import ClassMode
from labelkit.flows.run import Run

MOST = 2_000
"""Images that are looked at: enough to tell readings of any useful model apart."""


def adopt(
    model: str | Path,
    base_dir: str | Path,
    *,
    classes: Sequence[str] | None = None,
    pixels: str | None = None,
    reject: str | None = None,
    meaning: Mapping[str, str] | None = None,
    out: str | Path = "runs",
    run: Run | None = None,
) -> Adoption:
    """Find the class order, the range of pixels and the resizing with which a model fits labeled images; bundle it so.

    Args:
        model: a .keras file; looked into before Keras opens it.
        base_dir: the folder of class folders, at least `LEAST` images.
        classes: the order that was trained with, where it is known; left out: every likely one is tried.
        pixels: the range that was trained with, where it is known: "0-1", "0-255" or "-1-1"; left out: the first two.
        reject: the class that escape and overkill speak of; left out: recognised by its name.
        meaning: declared meanings of class names, as `{"60": "NG"}`.
        out: the folder that the bundle's own folder is made in.
        run: clock, run id, progress and number of threads.

    Raises:
        UsageError: no such file or folder, or too few images.
        BundleError: the file is no harmless .keras archive, or no classifier of these classes.
        DataError: no reading beats the class shares, or two fit alike.
        ImageError: an image cannot be decoded.
        MissingExtraError: TensorFlow is not installed.

    """
    context, scale = run or Run(), _scale(pixels)
    if not Path(model).is_file():
        raise UsageError(f"no such model: {model}", remedy="give a .keras file, as model.save writes it")
    from labelkit.training.loading import load_backend, require_packages

    load_backend("adopting a model")
    require_packages("scipy", "matplotlib")
    from labelkit.training.folder import find_dataset

    dataset = find_dataset(base_dir, classes=classes, reject=reject, meaning=meaning)
    if len(dataset) < LEAST:
        raise UsageError(f"{len(dataset)} labeled images are too few to tell", remedy=f"give at least {LEAST}")
    return _adopted(Path(model), dataset, _Declared(str(base_dir), classes, scale), out=Path(out), run=context)


@dataclass(frozen=True, slots=True)
class _Declared:
    """What a person said: the folder, the order of the classes and the range of pixels, where they are known."""

    base_dir: str
    classes: Sequence[str] | None
    scale: Scale | None


def _scale(pixels: str | None) -> Scale | None:
    return None if pixels is None else one_of(Scale, pixels, "range of pixels")


def _adopted(model: Path, dataset: Dataset, said: _Declared, *, out: Path, run: Run) -> Adoption:
    from labelkit.training import adopting
    from labelkit.training.bundle import BundleContents, file_digest, write_bundle
    from labelkit.training.metrics import judge
    from labelkit.training.open_bundle import load_safely

    began, names = run.now(), dataset.class_map.classes
    foreign = adopting.look_at(load_safely(model), str(model), classes=len(names))
    some = adopting.taken_evenly(dataset, MOST)
    orders = (tuple(said.classes),) if said.classes else adopting.orders(names, names)
    tried = adopting.Tried(orders, (said.scale,) if said.scale else tuple(s for s in Scale if s.usual))
    run.progress.start("trying readings", len(some) * len(adopting.RECIPES_TRIED))
    trials = adopting.try_readings(foreign, some, tried, threads=run.workers, advance=run.progress.advance)
    run.progress.finish()
    best = adopting.chosen(trials)
    class_map = ClassMap(best.reading.classes, OrderSource.DECLARED, dataset.class_map.reject)
    mode = ClassMode.BINARY if foreign.outputs == 1 else ClassMode.SPARSE
    card = BundleCard(class_map, mode, Recipe(best.reading.recipe), foreign.image_size)
    own = Dataset(some.root, class_map, some.samples, some.placed)
    metrics = judge(best.logits, best.truth, class_map=class_map, shares=[n / len(own) for n in own.counts.values()])
    readings = tuple(trial.against(best) for trial in sorted(trials, key=lambda t: t is not best))
    contents = BundleContents(
        model=adopting.wrap(foreign, best.reading.scale),
        card=card,
        metrics=metrics,
        dataset=own,
        started=run.started,
        adopted={"model": model.name, "sha256": file_digest(model), "readings": [r.as_json() for r in readings]},
    )
    return Adoption(
        model=str(model),
        base_dir=said.base_dir,
        bundle=str(write_bundle(out, run.id, contents)),
        latest=str(out / LATEST),
        card=card,
        readings=readings,
        prior_cross_entropy=metrics.prior_cross_entropy,
        metrics=metrics,
        looked_at=(len(some), len(dataset)),
        seconds=run.now() - began,
    )
