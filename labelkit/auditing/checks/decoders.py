"""Files of which Pillow and TensorFlow make different pixels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from labelkit.auditing.decoder_sample import told_kind
from labelkit.auditing.evidence import Evidence
from labelkit.auditing.verdict import Verdict, counted
from labelkit.domain.decoders import DecodedTwice
from labelkit.domain.findings import Severity

_MEAN, _LARGEST = 3.0, 16
"""Gray levels. Two ways to reckon a JPEG's cosines and colours differ by up to 10, and by 1.7 in the mean (measured on
noise, the worst case, with TensorFlow 2.21 and Pillow 13); other formats have no room for any difference."""


def decoders(evidence: Evidence) -> Iterator[Verdict]:
    """Pillow reads for `flow_from_directory` and for labelkit, TensorFlow for `image_dataset_from_directory`.

    A sample is decoded by both (`auditing/decoder_sample.py`). Warning for each kind of file on which they differ by
    more than 16 of 255 gray levels, or by 3 in the mean, or that one of them refuses; else one line of information
    says how near they are. Source of the need: tensorflow/tensorflow#46255. Remedy: one decoder from training to use.
    """
    files = evidence.decoders.files
    if not files:
        return
    apart: dict[str, list[DecodedTwice]] = {}
    for file in files:
        why = _why(file)
        if why:
            apart.setdefault(f"{told_kind(evidence.facts[file.path])}: {why}", []).append(file)
    for kind, those in sorted(apart.items()):
        yield _differ(kind, those)
    yield from _alike([file for file in files if not _why(file)])


def why_no_decoders(evidence: Evidence) -> str:
    """Why the sample was not decoded twice; empty when it was."""
    return evidence.decoders.why_not


def _why(file: DecodedTwice) -> str:
    """In what way the two disagree; the same words for all files with the same trouble, empty when they agree."""
    if file.pillow and file.tensorflow:
        return "refused by both"
    if file.pillow or file.tensorflow:
        return "TensorFlow refuses it" if file.tensorflow else "Pillow refuses it"
    if file.shapes:
        return "the sizes differ"
    return "the pixels differ" if file.mean > _MEAN or file.largest > _LARGEST else ""


def _differ(kind: str, files: Sequence[DecodedTwice]) -> Verdict:
    worst = max(files, key=lambda file: file.mean)
    more = worst.pillow or worst.tensorflow or worst.shapes
    told = more or f"by {worst.mean:.1f} of 255 gray levels in the mean, {worst.largest} at most"
    what = "do not both read them" if worst.pillow or worst.tensorflow else "train on different pixels"
    return Verdict(
        f"{counted(len(files), 'file')} of the sample, {kind} ({told}): flow_from_directory (Pillow) and "
        f"image_dataset_from_directory (TensorFlow) {what}",
        remedy="save such files in a plain format (8 bits, no palette), or train and predict by labelkit's generator",
        files=tuple(sorted(file.path for file in files)),
        numbers={"files": len(files), "largest": worst.largest, "mean": round(worst.mean, 4)},
    )


def _alike(files: Sequence[DecodedTwice]) -> Iterator[Verdict]:
    if files:
        largest, mean = max(file.largest for file in files), max(file.mean for file in files)
        yield Verdict(
            f"Pillow and TensorFlow decode {counted(len(files), 'file')} of the sample alike: at most {largest} of 255 "
            f"gray levels apart, {mean:.1f} in the mean",
            numbers={"files": len(files), "largest": largest, "mean": round(mean, 4)},
            severity=Severity.INFO,
        )
