"""Open a bundle, and refuse one that is not whole or does not fit together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from labelkit.domain.bundle import BUNDLE_FILE, CLASSES_FILE, MODEL_FILE, BundleCard
from labelkit.domain.classes import ClassMap, OrderSource
from labelkit.domain.errors import BundleError, UsageError
from labelkit.domain.recipe import RECIPE_NAMES, recipe_of_json
from labelkit.domain.training import ClassMode
from labelkit.imaging.recipes import Pixels
from labelkit.storage.whole_folder import resolve_pointer
from labelkit.training.answers import answers
from labelkit.training.backend import keras
from labelkit.training.bundle import file_digest
from labelkit.training.metrics import Logits
from labelkit.training.model_file import check_model_file
from labelkit.training.quarantine import try_once

_AGAIN = "train again, or copy the whole bundle folder once more"


@dataclass(frozen=True, slots=True)
class Bundle:
    """An opened bundle, ready to look at pixels."""

    path: str
    card: BundleCard
    model: keras.Model

    def logits(self, pixels: Pixels) -> Logits:
        """What the model gives for uint8 pixels (n, height, width, 3): float64 (n, outputs)."""
        return answers(self.model, pixels)


def open_bundle(path: str | Path) -> Bundle:
    """Open `runs/<run id>` or `runs/latest`.

    Raises:
        UsageError: there is no such folder.
        BundleError: a file is missing or altered, or class map, recipe and model do not fit together.

    """
    folder = resolve_pointer(Path(path))
    if folder.is_file():
        raise UsageError(f"{path} is a file", remedy="give the folder that train wrote, such as runs/latest")
    if not folder.is_dir():
        raise UsageError(f"no such bundle: {path}", remedy="labelkit train writes one into runs/")
    classes, origin = _object(folder / CLASSES_FILE), _object(folder / BUNDLE_FILE)
    _check_recipe(origin, path)
    try:
        card = _card(classes, origin)
    except (KeyError, TypeError, ValueError, UsageError) as e:
        raise BundleError(f"the bundle's class map or card cannot be used: {e}", place=str(path), remedy=_AGAIN) from e
    _check_binary(card, path)
    _check_digests(folder, origin.get("sha256"))
    bundle = Bundle(str(path), card, load_safely(folder / MODEL_FILE))
    _check_fit(bundle)
    return bundle


def _object(path: Path) -> Mapping[str, object]:
    if not path.is_file():
        raise BundleError(f"the bundle has no {path.name}", place=str(path.parent), remedy=_AGAIN)
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as e:
        raise BundleError(f"this is no valid JSON: {e}", place=str(path), remedy=_AGAIN) from e
    if not isinstance(value, dict):
        raise BundleError("one JSON object is expected", place=str(path), remedy=_AGAIN)
    return value


def _card(classes: Mapping[str, object], origin: Mapping[str, object]) -> BundleCard:
    names, size, reject = classes["classes"], origin["image_size"], classes.get("reject")
    if not isinstance(names, list) or len(names) < 2 or not all(isinstance(n, str) for n in names):  # noqa: PLR2004
        raise ValueError("'classes' must be a list of at least two names")
    if not isinstance(size, list) or len(size) != 2 or not all(isinstance(n, int) for n in size):  # noqa: PLR2004
        raise ValueError("'image_size' must be two numbers: height and width")
    class_map = ClassMap(tuple(names), OrderSource(str(classes["source"])), str(reject) if reject else None)
    return BundleCard(
        class_map,
        ClassMode(str(classes["class_mode"])),
        recipe_of_json(origin),
        (size[0], size[1]),
        _learned(origin, names),
    )


def _learned(origin: Mapping[str, object], names: Sequence[str]) -> tuple[int, ...]:
    """Images of each class that were learned from; none in a bundle that was not trained here."""
    counts = origin.get("learned")
    if counts is None:
        return ()
    if (
        not isinstance(counts, dict)
        or set(counts) != set(names)
        or not all(isinstance(n, int) for n in counts.values())
    ):
        raise ValueError("'learned' must have one number for each class")
    return tuple(counts[name] for name in names)


def _check_recipe(origin: Mapping[str, object], path: str | Path) -> None:
    if "recipe" in origin and origin["recipe"] not in RECIPE_NAMES:
        raise BundleError(
            f"the bundle needs the decode recipe '{origin['recipe']}', which this version does not know",
            place=str(path),
            remedy=f"known: {', '.join(RECIPE_NAMES)}; update labelkit",
        )


def _check_binary(card: BundleCard, path: str | Path) -> None:
    if card.class_mode is ClassMode.BINARY and card.class_map.positive is None:
        names = ", ".join(card.class_map.classes)
        raise BundleError(f"a binary model tells two classes apart, but its class map has: {names}", place=str(path))


def _check_digests(folder: Path, recorded: object) -> None:
    digests = recorded if isinstance(recorded, dict) else {}
    for name in (MODEL_FILE, CLASSES_FILE):
        if not (folder / name).is_file():
            raise BundleError(f"the bundle has no {name}", place=str(folder), remedy=_AGAIN)
        if file_digest(folder / name) != digests.get(name):
            raise BundleError(f"{name} is not the one that training wrote", place=str(folder), remedy=_AGAIN)


def load_safely(path: Path) -> keras.Model:
    """A model out of a .keras file that was looked into before, without its optimizer and loss.

    One that was not made on this machine is opened in a process of its own first, once.

    Raises:
        BundleError: the file is no harmless .keras archive, or Keras cannot open it.

    """
    check_model_file(path)
    try_once(path, file_digest(path))
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as e:  # a .keras file is a foreign program's input: its reader raises nearly anything
        raise BundleError(f"Keras cannot open the model: {e}", place=str(path)) from e


def _check_fit(bundle: Bundle) -> None:
    card, given, gives = bundle.card, bundle.model.inputs[0], bundle.model.outputs[0]
    expected = (*card.image_size, 3)
    if tuple(given.shape[1:]) != expected or given.dtype != "uint8":
        raise BundleError(
            f"the model takes {given.dtype} {tuple(given.shape[1:])}, but the bundle says uint8 {expected}",
            place=bundle.path,
            remedy=_AGAIN,
        )
    if gives.shape[-1] != card.outputs:
        raise BundleError(
            f"the model has {gives.shape[-1]} outputs, but the class map wants {card.outputs}: "
            f"{', '.join(card.class_map.classes)} ({card.class_mode})",
            place=bundle.path,
            remedy=_AGAIN,
        )
