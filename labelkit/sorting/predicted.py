"""A model's answers from a file: which are votes, and which are not sure enough."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from labelkit.domain.decisions import ImageKey
from labelkit.domain.errors import DataError, UsageError
from labelkit.domain.names import did_you_mean, shown
from labelkit.domain.predicted import PredictedLine, PredictionsFile, not_sure
from labelkit.domain.votes import VoteKind
from labelkit.sorting.answers import GivenVotes

_OPTION = "--min-confidence"
SURE = 0.9
"""The least probability of a label that counts as a vote, where nothing else was asked for."""
NO_PREDICTION = "no prediction"
"""Why an image has no value that the model was not asked about."""
_HALF = 0.5
"""Of two classes the predicted one has at least this."""


@dataclass(frozen=True, slots=True)
class Confidence:
    """The least probability that a predicted label must have to be a vote.

    Attributes:
        default: for every label that is not named, in (0, 1].
        by_label: label to its own.
        given: whether a person asked for bounds at all.

    """

    default: float = SURE
    by_label: Mapping[str, float] = field(default_factory=dict)
    given: bool = field(default=False, compare=False)

    def bound(self, label: str) -> float:
        """What the probability of this label must reach."""
        return self.by_label.get(label, self.default)


def parse_confidence(words: Sequence[str]) -> Confidence:
    """Read `0.9` and `NG=0.6`.

    Raises:
        UsageError: no number in (0, 1], or two for one label.

    """
    default: float | None = None
    by_label: dict[str, float] = {}
    for word in words:
        label, equals, text = word.rpartition("=")
        bound = _bound(text, word)
        before = by_label.get(label) if equals else default
        if before is not None and before != bound:
            raise UsageError(f"{_OPTION} is given twice{f' for {label}' if equals else ''}: {before:g} and {bound:g}")
        if equals:
            by_label[label] = bound
        else:
            default = bound
    return Confidence(SURE if default is None else default, by_label, given=bool(words))


def _bound(text: str, word: str) -> float:
    try:
        bound = float(text)
    except ValueError:
        bound = -1.0
    if not 0 < bound <= 1:
        raise UsageError(
            f"{_OPTION} cannot be '{shown(word)}'",
            remedy=f"expected a probability over 0 and up to 1, as {_OPTION} 0.9 or {_OPTION} NG=0.6",
        )
    return bound


def check_confidence(confidence: Confidence, classes: Sequence[str]) -> None:
    """Hold the bounds against the classes of the predictions.

    Raises:
        UsageError: a label that the model does not know, or with two classes a bound under 0.5, which nothing is under.

    """
    for label in confidence.by_label:
        if label not in classes:
            raise UsageError(
                f"{_OPTION} names '{shown(label)}', which the predictions do not", remedy=did_you_mean(label, classes)
            )
    least = min([confidence.default, *confidence.by_label.values()])
    if len(classes) == 2 and least < _HALF:  # noqa: PLR2004 - two classes are the binary case
        raise UsageError(
            f"{_OPTION} {least:g} holds nothing back: of two classes the predicted one always has at least 0.5",
            remedy="give a bound between 0.5 and 1",
        )


def model_votes(
    file: PredictionsFile,
    found: Mapping[int, int],
    images: Sequence[ImageKey],
    confidence: Confidence,
) -> GivenVotes:
    """The votes of a model.

    Args:
        file: its predictions.
        found: index of a line to the index of its image; a line without an image is not in it.
        images: all images, in order.
        confidence: what a vote needs.

    Raises:
        UsageError: bounds that do not fit the classes.
        DataError: an image is predicted twice with different labels.

    """
    check_confidence(confidence, file.classes)
    lines = _one_each(file, found, images)
    labels: dict[int, str] = {}
    abstains: dict[int, str] = {}
    no_value = {i: NO_PREDICTION for i in range(len(images)) if i not in lines}
    for image, line in lines.items():
        if line.fault or line.probability is None:
            no_value[image] = line.fault
        elif line.probability < confidence.bound(line.label):
            abstains[image] = not_sure(line.label, line.probability, confidence.bound(line.label))
        else:
            labels[image] = line.label
    missing = tuple((file.place(p), shown(p.path)) for k, p in enumerate(file.lines) if k not in found)
    return GivenVotes(
        *(file.path, VoteKind.MODEL, labels, {i: _why(file, lines[i]) for i in labels}),
        abstains=abstains,
        no_value=no_value,
        missing=missing,
        said=(_summary(file, labels, len(abstains), len(lines), len(missing)),),
        place=file.file,
    )


def _why(file: PredictionsFile, line: PredictedLine) -> str:
    return f"{file.place(line)} says {line.label} ({line.probability:.4g})"


def _one_each(file: PredictionsFile, found: Mapping[int, int], images: Sequence[ImageKey]) -> dict[int, PredictedLine]:
    """The one line that counts of each image: with a usable probability before without, and the less sure one."""
    lines: dict[int, PredictedLine] = {}
    for k, image in sorted(found.items()):
        line = file.lines[k]
        other = lines.setdefault(image, line)
        if line.label and other.label and line.label != other.label:
            raise DataError(
                f"two predictions of {shown(images[image].path)}: {file.place(other)} says {other.label}, "
                f"{file.place(line)} says {line.label}",
                place=file.place(line),
                remedy="nothing was moved; predict these images once, with one model",
            )
        lines[image] = min(other, line, key=lambda p: (bool(p.fault), p.probability or 0.0))
    return lines


def _summary(file: PredictionsFile, labels: Mapping[int, str], unsure: int, lines: int, missing: int) -> str:
    counts = sorted(Counter(labels.values()).items())
    told = f" ({', '.join(f'{label} {n:,}' for label, n in counts)})" if counts else ""
    parts = [f"{len(labels):,} prediction{'' if len(labels) == 1 else 's'} sure enough{told}"]
    useless = lines - len(labels) - unsure
    parts += [f"{unsure:,} not sure"] if unsure else []
    parts += [f"{useless:,} without a value"] if useless else []
    parts += [f"{missing:,} without {'its' if missing == 1 else 'their'} image"] if missing else []
    return f"{file.path}: {', '.join(parts)}"
