"""What an EXIF block says of when and how a picture was taken, and which way up it is."""

from __future__ import annotations

from PIL import ExifTags, Image

from labelkit.domain.facts import ExifFacts

_LONGEST = 100
"""Characters kept of a text: it is a stranger's, and may be megabytes."""

_UPRIGHT = 1
_LAST = 8


def orientation_of(image: Image.Image) -> int:
    """The EXIF orientation that is still to be applied to the decoded pixels, 1 to 8; 1 when nothing is said."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, _UPRIGHT)
    except Exception:  # noqa: BLE001 - a broken block makes Pillow raise nearly anything; then nothing is said
        return _UPRIGHT
    return value if isinstance(value, int) and _UPRIGHT <= value <= _LAST else _UPRIGHT


def exif_facts(image: Image.Image) -> ExifFacts | None:
    """The block's time, camera and software; None when there is none, or none that can be read."""
    try:
        exif = image.getexif()
        if not exif:
            return None
        own = exif.get_ifd(ExifTags.IFD.Exif)
        taken = own.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
        make, model = _text(exif.get(ExifTags.Base.Make)), _text(exif.get(ExifTags.Base.Model))
        software = _text(exif.get(ExifTags.Base.Software))
    except Exception:  # noqa: BLE001 - as above
        return None
    return ExifFacts(_text(taken), " ".join(filter(None, [make, model])), software)


def _text(value: object) -> str:
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    return value.strip("\0 ")[:_LONGEST] if isinstance(value, str) else ""
