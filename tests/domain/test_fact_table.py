"""Facts as columns: the very facts back, sorted, in a fraction of the memory."""

from __future__ import annotations

import math
import random
import tracemalloc
from dataclasses import replace

import pytest

from labelkit.domain.fact_columns import Floats, Numbers
from labelkit.domain.fact_table import FactTable
from labelkit.domain.facts import ExifFacts, ImageFacts, JpegFacts
from labelkit.imaging.probe import probe
from tests.flows.all_formats import FORMATS, encoded
from tests.imaging.jpegs import cut_out, drawing


def made_up(n: int, like: ImageFacts) -> ImageFacts:
    """Another image's facts, its texts and numbers drawn anew."""
    rng = random.Random(n)  # noqa: S311 - a reproducible draw, no secret
    assert like.pixels is not None
    light = rng.random()
    pixels = replace(like.pixels, digest=rng.randbytes(16).hex(), phash=rng.randbytes(8).hex(), brightness=light)
    return replace(
        like,
        path=f"{'GO' if n % 2 else 'NG'}/{rng.randbytes(4).hex()}_{n}.png",
        size=rng.randrange(10**6),
        sha256=rng.randbytes(32).hex(),
        modified=f"2026-01-31T08:15:{n % 60:02}.{n % 1000:03}Z",
        pixels=pixels,
    )


@pytest.fixture(scope="module")
def facts() -> list[ImageFacts]:
    rng = drawing(7)
    seen = [probe(f"NG/{name}", encoded(cut_out(rng, (150, 110)), name)) for name in FORMATS]
    odd = [
        ImageFacts("GO/a.png", 0, fault="broken link, not opened"),
        ImageFacts("GO/\udce9.png", 2**40, "no digest", fault="\udce9", orientation=-1, modified="\u8a66\udce9"),
        ImageFacts("GO/C.png", 3, "AB" * 32, jpeg=JpegFacts(90, True, "ab", "4:2:0", False), exif=ExifFacts("x", "y")),
    ]
    return [*seen, *odd]


def test_the_very_facts_come_back_in_the_order_of_the_paths(facts: list[ImageFacts]) -> None:
    table = FactTable(reversed(facts))
    wanted = sorted(facts, key=lambda f: f.path)
    assert list(table.values()) == list(table.in_order()) == wanted
    assert list(map(repr, table.in_order())) == list(map(repr, wanted))
    assert list(table) == [f.path for f in wanted]
    assert dict(table.items()) == {f.path: f for f in facts}
    assert list(table.readable()) == [f for f in wanted if f.readable]
    assert list(table.judged()) == [(f.path, f.pixels) for f in wanted if f.readable and f.pixels]
    assert list(table.contents()) == [(f.path, f.sha256) for f in wanted if f.readable]
    assert 0 < len(table.judged()) < len(table.readable()) < len(table)


def test_it_is_looked_up_as_any_mapping_is(facts: list[ImageFacts]) -> None:
    table = FactTable(facts)
    assert table["GO/a.png"] == facts[-3]
    assert "GO/a.png" in table
    assert table.get("GO/a.pn") is None
    assert table.get("") is None
    assert table.get("zz") is None
    assert list(table.in_order()[1:3]) == [table.at(1), table.at(2)]
    assert table.in_order()[-1] == table.at(len(table) - 1)
    assert list(FactTable([])) == []


def test_it_takes_far_less_memory_than_objects(facts: list[ImageFacts]) -> None:
    count = 1500
    paths = [made_up(n, facts[0]).path for n in range(count)]
    tracemalloc.start()
    table = FactTable(replace(made_up(n, facts[0]), path=paths[n]) for n in range(count))
    columns = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    held = [replace(made_up(n, facts[0]), path=paths[n]) for n in range(count)]
    objects = tracemalloc.get_traced_memory()[0] - columns
    tracemalloc.stop()
    assert len(table) == len(held)
    assert columns / count < 450
    assert columns < objects / 2


@pytest.mark.parametrize("odd", [-0.0, 1e-7, 2147.5, math.inf, -math.inf, 0.1 + 0.2, math.pi])
def test_numbers_that_are_no_whole_millionths_come_back_too(odd: float) -> None:
    values: list[object] = [0.0, 0.5, 0.123456, -3.25, 2000.000001, None, 4, odd, 0.7, "x"]
    column = Floats()
    for value in values:
        column.append(value)
    read = column.reader()
    for row, value in enumerate(values):
        assert repr(read(row)) == repr(column[row]) == repr(value)


def test_rounded_numbers_take_four_bytes_and_others_eight() -> None:
    rng = random.Random(1)  # noqa: S311 - a reproducible draw, no secret
    plain = [rng.random() for _ in range(1000)]
    for values, size in (([round(v, 6) for v in plain], 4), (plain, 8)):
        column = Floats()
        for value in values:
            column.append(value)
        assert list(map(column.reader(), range(1000))) == values
        held = column._values if column._millionths is None else column._millionths
        assert held.itemsize == size


def test_whole_numbers_take_as_many_bytes_as_the_largest() -> None:
    column, wanted = Numbers(), list[int]()
    for value, size in ((127, 1), (-129, 2), (2**15, 4), (2**31, 8), (-(2**63), 8)):
        column.append(value)
        wanted.append(value)
        assert [column[row] for row in range(len(wanted))] == wanted
        assert column._values.itemsize == size
