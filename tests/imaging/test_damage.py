"""Damage inside JPEGs: a few cases of what `python -m tests.imaging.damage` runs by the hundred."""

from __future__ import annotations

import pytest

from labelkit.imaging.probe import probe
from labelkit.imaging.small_picture import small_picture
from tests.imaging.damage import alarms, intact_files, tally
from tests.imaging.jpegs import cut_out, drawing, scene, written


@pytest.mark.parametrize(
    ("kind", "least"), [("4 KiB zeroed", 20), ("512 bytes zeroed", 20), ("20 bytes overwritten", 10)]
)
def test_damage_that_pillow_reads_without_a_word_is_found(kind: str, least: int) -> None:
    found = tally(kind, 20, progressive=False, seed=0)
    assert found.decoder >= least, found.missed
    assert found.pillow <= 5


def test_damage_is_told_in_words_and_says_that_pillow_reads_it() -> None:
    whole = written(cut_out(drawing(1), (640, 480)), quality=85)
    at = len(whole) // 2
    facts = probe("a.jpg", whole[:at] + bytes(4096) + whole[at + 4096 :])
    assert (facts.readable, facts.damage) == (True, "the coded pixels end too early")
    assert facts.pixels is not None


def test_intact_files_of_many_shapes_raise_no_alarm() -> None:
    counts, told = alarms(intact_files(500, seed=7))
    assert counts == {"seen": 500}, told


def test_padding_before_the_end_is_nothing_and_more_than_that_is_no_error() -> None:
    whole = written(cut_out(drawing(2), (320, 240)))
    assert not probe("a.jpg", whole[:-2] + bytes(5) + whole[-2:]).suspected
    many = probe("a.jpg", whole[:-2] + b"abcdefgh" * 9 + whole[-2:])
    assert (many.fault, many.damage) == ("", "")
    assert "left over" in many.suspected


@pytest.mark.parametrize("subsampling", [0, 2])
def test_a_seam_is_suspected_and_an_edge_is_not(subsampling: int) -> None:
    """From one block on everything is darker, as behind damage; beside it a shadow with a straight edge."""
    picture = scene(3).crop((0, 0, 640, 480))
    torn = picture.point(lambda v: v * 0.6)
    block = 16 if subsampling == 2 else 8
    row, column = 240, 320
    torn.paste(picture.crop((0, 0, 640, row)), (0, 0))
    torn.paste(picture.crop((0, row, column, row + block)), (0, row))
    facts = probe("a.jpg", written(torn, quality=90, subsampling=subsampling))
    assert not facts.damage
    assert f"from row {row} on, stepping at column {column}," in facts.suspected
    assert not probe("a.jpg", written(torn, quality=90, progressive=True)).suspected

    shadow = picture.point(lambda v: v * 0.6)
    shadow.paste(picture.crop((0, 0, 640, row)), (0, 0))
    assert not probe("a.jpg", written(shadow, quality=90, subsampling=subsampling)).suspected


def test_a_reduced_decode_is_the_block_mean_of_the_whole() -> None:
    """The facts of a JPEG and of its pixels saved without loss are the same, though one was decoded at a fraction."""
    picture = cut_out(drawing(4), (640, 480))
    data = written(picture, quality=90)
    facts = probe("a.jpg", data).pixels
    assert facts is not None
    small = small_picture(picture)
    assert small is not None
    assert facts.scale == small.scale == 4
    assert facts.red == pytest.approx(small.samples[..., 0].mean() / 255, abs=0.005)
    assert facts.blue == pytest.approx(small.samples[..., 2].mean() / 255, abs=0.005)
