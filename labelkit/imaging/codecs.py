"""Which decoders the image library was built with."""

from __future__ import annotations

from labelkit.domain.surroundings import CodecState

_CODECS: tuple[tuple[str, str, str], ...] = (
    ("JPEG", "jpg", "libjpeg_turbo"),
    ("PNG", "zlib", ""),
    ("TIFF", "libtiff", ""),
    ("WEBP", "webp", ""),
    ("AVIF", "avif", ""),
)
"""Format, Pillow's name of the decoder, and the feature whose version tells more, where there is one (PIL.features)."""


def codec_states() -> tuple[CodecState, ...]:
    """Each decoder: whether it is there, and its version. JPEG tells of libjpeg-turbo when it is built on that."""
    from PIL import features

    def state(name: str, codec: str, better: str) -> CodecState:
        there = bool(features.check(codec))
        turbo = bool(better) and bool(features.check(better))
        version = features.version(better if turbo else codec) if there else None
        said = f"{'libjpeg-turbo ' if turbo else ''}{version}" if version else ""
        return CodecState(name, there, said)

    return tuple(state(*codec) for codec in _CODECS)
