"""Ask a trained model about the labels of an audited folder, in a process of its own: the audit loads no TensorFlow."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from labelkit.auditing.catalog import Choice
from labelkit.auditing.evidence import Evidence
from labelkit.domain.dataset import data_digest_of
from labelkit.domain.errors import BundleError, DataError, LabelkitError, MissingExtraError, UsageError
from labelkit.domain.facts import ImageFacts
from labelkit.domain.label_opinion import LabelOpinion, OpinionLine
from labelkit.domain.suspects import LabelScore, Suspects
from labelkit.flows.run import Run
from labelkit.storage.distribution import install_line
from labelkit.storage.whole_folder import resolve_pointer

_PROGRAM = "labelkit.training.asked_labels"
_CHECK, _BACKEND = "label", "keras"
_FAULTS = {kind.__name__: kind for kind in (UsageError, MissingExtraError, BundleError)}


@dataclass(frozen=True, slots=True)
class Labeled:
    """The images of an audit and where they are.

    Attributes:
        images: class name to the paths of its images.
        facts: of every image, by path.
        root: the folder that the paths are relative to.
        elsewhere: where the bytes of a path are, relative to the root, when they are not there.

    """

    images: Mapping[str, Sequence[str]]
    facts: Mapping[str, ImageFacts]
    root: str
    elsewhere: Mapping[str, str]

    def samples(self) -> list[tuple[str, str]]:
        """(path, label) of each readable image."""
        return [(path, label) for label, paths in self.images.items() for path in paths if self.facts[path].readable]

    def place(self, path: str) -> str:
        """Where its bytes are, relative to the root."""
        return self.elsewhere.get(path, path)


def model_wanted(model: str | os.PathLike[str] | None, choice: Choice) -> str | None:
    """The model that the check `label` is to ask; refused before any image is read, where it cannot be asked.

    Raises:
        UsageError: there is no such bundle.
        MissingExtraError: Keras is not installed.

    """
    if model is None or not choice.needs([_CHECK]):
        return None
    if not resolve_pointer(Path(model)).is_dir():
        raise UsageError(f"no such bundle: {os.fspath(model)}", place="--model", remedy="labelkit train writes one")
    if find_spec(_BACKEND) is None:
        raise MissingExtraError("--model needs TensorFlow, which is not installed", remedy=install_line("train"))
    return os.fspath(model)


def suspects_of(evidence: Evidence, elsewhere: Mapping[str, str]) -> Suspects | None:
    """The probable label errors, each named by where its file is from the base folder; None where nobody was asked."""
    if evidence.opinion.why_not:
        return None
    found = evidence.opinion.suspects(evidence.class_map.classes)
    named = (replace(s, path=elsewhere.get(s.path, s.path)) for s in found.suspects)
    return replace(found, suspects=tuple(named))


def ask_model(model: str | None, labeled: Labeled, run: Run) -> LabelOpinion:
    """What the model says of the labels.

    Args:
        model: a bundle; None: nobody is asked.
        labeled: the images.
        run: for progress, and how many threads may decode.

    Raises:
        UsageError, BundleError, MissingExtraError: the bundle cannot be opened.
        DataError: the process ended before it was done.

    """
    if model is None:
        return LabelOpinion()
    samples = labeled.samples()
    request = {
        "bundle": model,
        "threads": run.workers,
        "images": [(os.path.join(labeled.root, labeled.place(path)), label) for path, label in samples],  # noqa: PTH118 - names are bytes
    }
    run.progress.start("asking the model", len(samples))
    try:
        told = tuple(_told(json.dumps(request).encode("ascii"), run))
    finally:
        run.progress.finish()
    return _opinion(model, labeled, samples, told)


def _told(request: bytes, run: Run) -> Iterator[OpinionLine]:
    """What the process says, without its signs of life.

    `-P`: nothing in the working folder is taken for a module.
    """
    with subprocess.Popen(  # noqa: S603 - our own module by our own interpreter, names go through its input
        [sys.executable, "-P", "-m", _PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    ) as process:
        try:
            yield from _lines(process, request, run)
        except BaseException:  # an interrupt too must not wait until it has looked at every image; raised on
            process.kill()
            raise
    if process.returncode:
        raise _ended(process.returncode)


def _lines(process: subprocess.Popen[bytes], request: bytes, run: Run) -> Iterator[OpinionLine]:
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(BrokenPipeError):  # it ended at once: its exit status tells
        process.stdin.write(request)
        process.stdin.close()
    for text in process.stdout:
        line: OpinionLine = json.loads(text) if text.startswith(b"{") and text.endswith(b"}\n") else {}
        if "fault" in line:
            raise _fault(line)
        if "seen" in line:
            run.progress.advance(line["seen"])
        elif line:
            yield line


def _ended(status: int) -> DataError:
    return DataError(
        f"the model could not be asked: its process ended with {status}",
        place="--model",
        remedy="without --model the audit works; more is told by: labelkit evaluate BUNDLE BASE_DIR",
    )


def _fault(line: OpinionLine) -> LabelkitError:
    return _FAULTS.get(line["fault"], DataError)(line["message"], place=line["place"], remedy=line["remedy"])


def _opinion(
    bundle: str, labeled: Labeled, samples: Sequence[tuple[str, str]], told: Sequence[OpinionLine]
) -> LabelOpinion:
    if not told:
        raise _ended(0)
    head, tail = told[0], told[-1]
    scores = tuple(
        LabelScore(*samples[line["image"]], line["suggested"], line["loss"], line["margin"])
        for line in told
        if "image" in line
    )
    rows = [(labeled.place(path), label, labeled.facts[path].sha256) for path, label in samples]
    return LabelOpinion(
        bundle=bundle,
        scores=scores,
        cross_entropy=tail.get("loss", 0.0),
        prior_cross_entropy=tail.get("prior", 0.0),
        accuracy=tail.get("accuracy", 0.0),
        refused=tail.get("refused", "") if scores else f"it knows {', '.join(head['classes'])}, and saw no such image",
        strange=tuple(name for name, paths in labeled.images.items() if paths and name not in head["classes"]),
        by_heart=bool(head["data"]) and head["data"] == data_digest_of(rows),
        digest=hashlib.sha256(json.dumps(told).encode()).hexdigest(),
        why_not="",
    )
