"""A model for tests that needs no network: the redder an image, the surer it is of NG.

Run as a program, `red_model.py K|predicting WORDS...` is the command line with this model in place of the bundle's,
killed at the K-th call of the sort that changes anything, or in the middle of predicting.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from PIL import Image

from labelkit.domain.bundle import BundleCard, ModelFile, Prediction
from labelkit.domain.classes import ClassMap, OrderSource
from labelkit.domain.placing import Plan, StepReceipt
from labelkit.domain.recipe import named_recipe
from labelkit.domain.training import ClassMode
from labelkit.flows import predict_sort
from labelkit.flows.predict import PredictionStream
from labelkit.flows.run import Run
from labelkit.flows.sort_judge import Judged
from labelkit.flows.sort_options import SortOptions
from labelkit.storage.ledger import Ledger
from tests.storage.stop_points import Stops

NOT_A_NUMBER = 13
"""Images as red as this get no finite answer."""


def draw(path: Path, p_ng: float, *, seed: int = 0) -> Path:
    """An image of which the model says NG with about this probability."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 6), (round(255 * p_ng), seed, 0)).save(path, format="PNG")
    return path


def says(path: str) -> Prediction:
    """What the model says of one image."""
    try:
        with Image.open(path) as im:
            red = im.convert("RGB").tobytes()[0]
    except OSError:
        return Prediction(path, error="this is no image")
    if red == NOT_A_NUMBER:
        return Prediction(path, error="the model's answer is not a finite number")
    p = red / 255
    return Prediction(path, "NG" if p > 0.5 else "GO", {"GO": 1 - p, "NG": p}, (p,))


def stream(bundle: str | Path, images: Sequence[str], *, run: Run) -> PredictionStream:  # noqa: ARG001 - as it is
    """In place of `stream_images`."""
    card = BundleCard(ClassMap(("GO", "NG"), OrderSource.TEXT), ClassMode.BINARY, named_recipe("labelkit-v1"), (6, 8))
    return PredictionStream(str(bundle), card, len(images), map(says, images), ModelFile(str(bundle), "ab" * 32))


def _dies_in_the_middle(images: Sequence[str], say: Callable[[str], Prediction]) -> Iterator[Prediction]:
    for n, path in enumerate(images):
        if n == len(images) // 2:
            os.kill(os.getpid(), signal.SIGKILL)
        yield say(path)


def main() -> None:
    """The command line."""
    from labelkit.cli.app import main as command_line
    from labelkit.flows import sort
    from labelkit.flows.sort_record import carry_out

    when, *sys.argv[1:] = sys.argv[1:]

    def stopped(options: SortOptions, run: Run, judged: Judged, plan: Plan, ledger: Ledger) -> list[StepReceipt]:
        Stops(int(when), kill=True).everywhere()
        return carry_out(options, run, judged, plan, ledger)

    def killed(bundle: str | Path, images: Sequence[str], *, run: Run) -> PredictionStream:
        made = stream(bundle, images, run=run)
        items = _dies_in_the_middle(images, says)
        return PredictionStream(made.bundle, made.card, made.images, items, made.model)

    setattr(predict_sort, "stream_images", killed if when == "predicting" else stream)  # noqa: B010 - a test looks on
    if when != "predicting":
        setattr(sort, "carry_out", stopped)  # noqa: B010 - the same
    command_line()


if __name__ == "__main__":
    main()
