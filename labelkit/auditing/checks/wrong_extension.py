"""Files whose bytes are of another format than their name says."""

from __future__ import annotations

from collections.abc import Iterator

from labelkit.auditing.evidence import Evidence
from labelkit.auditing.population import paths_of, readable
from labelkit.auditing.verdict import Verdict, counted
from labelkit.domain.facts import ImageFacts
from labelkit.domain.findings import Severity
from labelkit.domain.formats import IMAGE_SUFFIXES, suffix

_JPEG = frozenset([".jpg", ".jpeg", ".jpe", ".jfif"])
_SUFFIXES = {
    "JPEG": _JPEG,
    "MPO": _JPEG,
    "PNG": frozenset([".png"]),
    "BMP": frozenset([".bmp", ".dib"]),
    "GIF": frozenset([".gif"]),
    "TIFF": frozenset([".tif", ".tiff"]),
    "WEBP": frozenset([".webp"]),
    "PPM": frozenset([".ppm", ".pgm", ".pbm", ".pnm"]),
}

_USUAL = {"JPEG": ".jpg", "MPO": ".jpg", "BMP": ".bmp", "PPM": ".ppm"}
"""The suffix to be renamed to, where a format has several and the last by text is not the usual one."""

_READ_BY_TENSORFLOW = frozenset([".bmp", ".gif", ".jpeg", ".jpg", ".png"])
"""The suffixes that `image_dataset_from_directory` opens (Keras 3.15, image_dataset_utils.py)."""

_NOT_DECODED_BY_TENSORFLOW = frozenset(["TIFF", "PPM"])
"""Formats that its decoder does not know (TensorFlow 2.21); the others it recognises by their bytes, as Pillow does."""


def wrong_extension(evidence: Evidence) -> Iterator[Verdict]:
    """One verdict a format; a warning where a loader would stop at it, else information.

    No threshold: the format of the bytes has a list of suffixes, and the name has another image suffix.
    Source: tensorflow/tensorflow#38901 and #48556, training that stopped at such files.
    Remedy: name the file after its content.
    """
    kinds: dict[str, list[ImageFacts]] = {}
    for fact in readable(evidence):
        named = suffix(fact.path)
        if named in IMAGE_SUFFIXES and named not in _SUFFIXES.get(fact.format, IMAGE_SUFFIXES):
            kinds.setdefault(fact.format, []).append(fact)
    for kind, facts in sorted(kinds.items()):
        stops = kind in _NOT_DECODED_BY_TENSORFLOW and any(suffix(f.path) in _READ_BY_TENSORFLOW for f in facts)
        named = ", ".join(sorted({suffix(f.path) for f in facts}))
        consequence = "image_dataset_from_directory stops at them" if stops else "every loader here goes by the bytes"
        yield Verdict(
            f"{counted(len(facts), 'file')} named {named}, but the bytes are {kind}: {consequence}",
            remedy=f"rename to {_USUAL.get(kind, max(_SUFFIXES[kind]))}",
            files=paths_of(facts),
            numbers={"images": len(facts)},
            severity=Severity.WARNING if stops else Severity.INFO,
        )
