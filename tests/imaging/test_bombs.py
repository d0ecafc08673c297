"""Small files that ask for enormous work are refused, or read, in under a second and 500 MB."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from labelkit.imaging.tiff_pages import tiff_pages
from tests.checkout import ROOT, quiet_environment
from tests.imaging import bombs
from tests.imaging.jpegs import cut_out, drawing

HARMLESS = {"exif.png", "frames.gif", "loop.tif", "pages.tif", "segments.jpg"}
"""What looks like a bomb, but holds a picture that Keras reads as well."""


@pytest.fixture(scope="module")
def told() -> dict[str, dict[str, float | str]]:
    if not Path("/proc/self/clear_refs").exists():
        pytest.skip("the peak of memory is told by /proc")
    done = subprocess.run(
        [sys.executable, bombs.__file__],
        env=quiet_environment() | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
        text=True,
    )
    assert not done.stderr
    return {line["name"]: line for line in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("name", bombs.BOMBS)
def test_a_bomb_costs_little(told: dict[str, dict[str, float | str]], name: str) -> None:
    bomb = told[name]
    assert float(bomb["seconds"]) < 1
    assert float(bomb["peak"]) < 500
    assert bool(bomb["fault"]) is (name not in HARMLESS)


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("pages", [1, 2, 7])
def test_pages_are_counted_as_pillow_counts_them(pages: int, *, big: bool) -> None:
    images = [cut_out(drawing(n), (20, 10)) for n in range(pages)]
    out = io.BytesIO()
    images[0].save(out, "TIFF", save_all=True, append_images=images[1:], big_tiff=big)
    with Image.open(io.BytesIO(out.getvalue())) as image:
        assert tiff_pages(out.getvalue()) == getattr(image, "n_frames", 1) == pages


def test_a_chain_of_pages_that_leads_nowhere_is_one_page() -> None:
    out = io.BytesIO()
    Image.new("L", (4, 4)).save(out, "TIFF")
    data = bytearray(out.getvalue())
    at = int.from_bytes(data[4:8], "little")
    behind = at + 2 + 12 * int.from_bytes(data[at : at + 2], "little")
    data[behind : behind + 4] = (10**8).to_bytes(4, "little")
    assert tiff_pages(bytes(data)) == 1
    data[behind : behind + 4] = at.to_bytes(4, "little")
    assert tiff_pages(bytes(data)) == 1
