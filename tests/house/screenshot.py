"""Take the picture of an audit's page that the README shows: python -m tests.house.screenshot [FILE]."""

from __future__ import annotations

import argparse
import io
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

import labelkit
from tests.checkout import ROOT
from tests.house.browser import browser
from tests.house.faulty_set import faulty_set

PICTURE = ROOT / "docs" / "audit.png"
_WIDTH, _HEIGHT = 1366, 1500
_COLOURS = 256
"""As many as one byte can name, for a third of the bytes."""

_LARGEST = 300_000


def with_few_colours(picture: Image.Image) -> Image.Image:
    """The picture with a palette of colours that stand in it: each the one that most of its pixels had."""
    few = picture.quantize(_COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    places, colours = np.asarray(few).ravel(), np.asarray(picture).reshape(-1, 3)
    palette: list[int] = []
    for place in range(int(places.max()) + 1):
        own, times = np.unique(colours[places == place], axis=0, return_counts=True)
        palette += own[times.argmax()].tolist() if times.size else [0, 0, 0]
    few.putpalette(palette)
    return few


def main() -> None:
    """Make the set, audit it, show the page and write what is seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=PICTURE)
    to = parser.parse_args().file
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        report = labelkit.audit(faulty_set(folder / "base_dir"), cache=False)
        page = folder / "audit.html"
        labelkit.write_page(report, page, made="2026-03-02 06:00 UTC")
        text = page.read_text("utf-8").replace(str(folder / "base_dir"), "base_dir")
        page.write_text(text, "utf-8")
        with browser(folder / "profile") as shown:
            shown.open(page, width=_WIDTH, height=_HEIGHT)
            picture = Image.open(io.BytesIO(shown.picture()))
    to.parent.mkdir(exist_ok=True)
    with_few_colours(picture.convert("RGB")).save(to, optimize=True)
    size = to.stat().st_size
    assert size < _LARGEST, f"{to} has {size:,} bytes"
    print(f"{to}: {picture.width} x {picture.height}, {size:,} bytes")  # noqa: T201 - a script


if __name__ == "__main__":
    main()
