"""`train`: class folders in, a bundle out: a model that knows its labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from labelkit.domain.dataset import Dataset
from labelkit.domain.errors import DataError, UsageError
from labelkit.domain.train_result import TrainResult
from labelkit.domain.training import TrainingOptions
from labelkit.flows.run import Run
from labelkit.flows.train_plan import TrainGiven, plan_training


def train(  # noqa: PLR0913 - the public API: one keyword for each option of the command
    base_dir: str | Path,
    *,
    loader: str = "generator",
    class_mode: str | None = None,
    image_size: tuple[int, int] = (80, 80),
    batch_size: int = 32,
    epochs: int | None = None,
    validation_split: float = 0.2,
    group_by: str | None = None,
    metadata: Sequence[str | Path] = (),
    classes: Sequence[str] | None = None,
    positive: str | None = None,
    reject: str | None = None,
    meaning: Mapping[str, str] | None = None,
    network: str = "small",
    weights: str = "none",
    class_weights: str = "auto",
    seed: int = 0,
    recipe: str | None = None,
    aspect: str = "squash",
    crop: str | None = None,
    augment: str | None = None,
    average_views: bool = False,
    skip_bad: int = 0,
    pack: bool = True,
    out: str | Path = "runs",
    fresh: bool = False,
    run: Run | None = None,
) -> TrainResult:
    """Train, evaluate and save a bundle.

    A training that was cut off goes on where it was when it is asked for once more: the same images, options and
    versions, and the same `out`. It ends as if nothing had happened.

    Args:
        base_dir: the folder of class folders; nothing is written into it.
        loader: "generator" (labelkit's own) or "flow_from_directory" (Keras').
        class_mode: "binary", "categorical" or "sparse"; left out: binary for two classes, sparse for more.
        image_size: (height, width) that the network sees.
        batch_size: images a step.
        epochs: at most so many passes; left out: as many as the recipe says.
        validation_split: share of each class that is held out, where base_dir has neither part folders nor a recorded
            split; these are kept to.
        group_by: what must not be parted, as `labelkit.split` takes it; left out, images stand alone.
        metadata: tables that have that column.
        classes: class order; left out: the ledger's, else numeric when every name is a number, else text.
        positive: the class to stand at index 1 of two.
        reject: the class that escape and overkill speak of; left out: recognised by its name.
        meaning: declared meanings, as `{"60": "NG"}`.
        network: "small", "residual" (from scratch, for 96 to 160 pixels), or a network of keras.applications by its
            name there, as "MobileNetV2".
        weights: what a network of keras.applications begins from: "none", "imagenet" (fetched by Keras, once), or the
            path of a file of weights without the head.
        class_weights: "auto" (balanced where a class has over 3 times the images of another), "balanced" or "none";
            the probabilities of the model are corrected for them.
        seed: of weights, order, augmentation and split.
        recipe: how files become pixels: "labelkit-v1", or "keras-pil-nearest" and its like; left out: the loader's own.
        aspect: "squash", "pad" or "crop", where the proportions of image and `image_size` differ.
        crop: the region of interest, "X,Y,W,H" in pixels of the upright picture; left out: all of it.
        augment: other views of the training images, as "flip,turn,shift=4,rotate=5,brightness=10,noise=3", or "none";
            left out: "flip,turn,brightness=10".
        average_views: the bundle's answers are the mean over the mirrored and turned views that `augment` draws from:
            of 2 with flip, 8 with flip and turn; mostly better, and as many times slower to ask.
        skip_bad: so many images that cannot be decoded are left out and listed; one more ends the training.
        pack: keep decoded pixels in the user's cache folder for the next training.
        out: the folder that the bundle's own folder is made in.
        fresh: begin anew, where the same training was cut off.
        run: clock, run id and progress.

    Raises:
        UsageError: a folder or option that cannot be used.
        StorageError: a sort is at work in the folder, or was cut off there.
        MissingExtraError: TensorFlow is not installed.
        ImageError: an image that cannot be decoded.

    """
    given = TrainGiven(
        loader=loader,
        class_mode=class_mode,
        image_size=image_size,
        batch_size=batch_size,
        epochs=epochs,
        validation_split=validation_split,
        group_by=group_by,
        metadata=metadata,
        classes=classes,
        positive=positive,
        reject=reject,
        meaning=meaning,
        network=network,
        weights=weights,
        class_weights=class_weights,
        seed=seed,
        recipe=recipe,
        aspect=aspect,
        crop=crop,
        augment=augment,
        average_views=average_views,
        skip_bad=skip_bad,
        pack=pack,
    )
    context = run or Run()
    dataset, options = plan_training(base_dir, given, context)
    return train_on(dataset, options=options, base_dir=str(base_dir), out=Path(out), fresh=fresh, run=context)


def train_on(
    dataset: Dataset, *, options: TrainingOptions, base_dir: str, out: Path, fresh: bool, run: Run
) -> TrainResult:
    """Train on a labeled set, whatever it was read from, and save a bundle into `out`.

    Raises:
        UsageError: the set cannot be trained on so.
        MissingExtraError: TensorFlow is not installed.
        ImageError: an image that cannot be decoded.

    """
    begun = run.now()
    class_mode = options.mode_for(dataset.class_map)
    _refuse_inside(out, dataset.root)
    from labelkit.training.loading import load_backend, require_packages

    load_backend()
    require_packages("scipy", "matplotlib")
    from labelkit.flows.train_files import write_trained
    from labelkit.training.checkpoint import Checkpoints, training_key
    from labelkit.training.learn import learn

    _tell(dataset, base_dir, run)
    keep = Checkpoints(out, training_key(dataset, options), clock=run.now, say=run.progress.note)
    if fresh:
        keep.remove()
    keep.tidy()
    try:
        learned = learn(
            dataset,
            options=options,
            class_mode=class_mode,
            started=run.started,
            progress=run.progress,
            threads=run.workers,
            keep=keep,
        )
    except DataError:  # it diverged, or an image is broken: the same again would end the same way
        keep.remove()
        raise
    result = write_trained(learned, dataset, base_dir=base_dir, out=out, run=run)
    keep.remove()
    return replace(result, seconds=run.now() - begun)


def _tell(dataset: Dataset, base_dir: str, run: Run) -> None:
    counts = ", ".join(f"{name} {n:,}" for name, n in dataset.counts.items())
    run.progress.note(f"{base_dir}: {len(dataset):,} images ({counts})")
    run.progress.note(f"{dataset.class_map.told()} ({dataset.class_map.source} order)")


def _refuse_inside(out: Path, root: str) -> None:
    if out.absolute().resolve().is_relative_to(Path(root).resolve()):
        raise UsageError(
            f"--out {out} lies inside {root}, where every folder becomes a class",
            remedy="name a folder elsewhere: --out runs",
        )
