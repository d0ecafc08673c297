"""What facts depend on beside the bytes of an image, as one text, so that the cache gives none made otherwise."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from importlib import metadata
from importlib.resources import files

from labelkit.domain.formats import IMAGE_SUFFIXES, suffix
from labelkit.storage.fact_values import SHAPE

_DECODERS = ("pillow", "simplejpeg", "numpy")
_CODE = (("labelkit.imaging", ""), ("labelkit.domain", "facts.py"), ("labelkit.domain", "formats.py"))
"""Packages and the one file of each that counts; "" for all of its files."""


def facts_recipe(path: str) -> str:
    """The recipe of the facts of an image; a fault may name the suffix of the path."""
    named = suffix(path)
    return _for_suffix(named if named in IMAGE_SUFFIXES else "")


def thumbnail_recipe() -> str:
    """The recipe of thumbnails."""
    return f"thumbnail {made_by()}"


@lru_cache(maxsize=64)
def _for_suffix(named: str) -> str:
    return f"facts {made_by()} {named}"


@lru_cache(maxsize=1)
def made_by() -> str:
    """Versions of the decoders, and a hash of our own code that makes facts: a number to be raised is forgotten."""
    told = blake2b(SHAPE.encode(), digest_size=8)
    for package, only in _CODE:
        for file in sorted(files(package).iterdir(), key=lambda f: f.name):
            if file.name.endswith(".py") and only in {"", file.name}:
                told.update(file.name.encode() + b"\0" + file.read_bytes())
    return " ".join([*(f"{name} {metadata.version(name)}" for name in _DECODERS), told.hexdigest()])
