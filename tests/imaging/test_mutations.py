"""Ten thousand broken files of every format: no crash, no hang, one verdict each, the decoder's own."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from labelkit.imaging.probe import probe
from tests.imaging.jpegs import cut_out, drawing, written
from tests.imaging.mutations import KINDS, judge, quarrel, whole

FILES = 10_000
SHARE = 1_000


@pytest.mark.parametrize("first", range(0, FILES, SHARE))
def test_a_broken_file_gets_the_verdict_of_pillow(first: int, capfd: pytest.CaptureFixture[str]) -> None:
    outcomes = [judge(number, seed=0) for number in range(first, first + SHARE)]
    assert [(first + i, o.kind, o.quarrel) for i, o in enumerate(outcomes) if o.quarrel] == []
    verdicts = Counter(o.verdict for o in outcomes)
    assert verdicts["unreadable"] > SHARE / 5
    assert verdicts["damaged"] > SHARE / 100
    assert verdicts["intact"] > SHARE / 5
    assert set(KINDS) == {o.kind for o in outcomes}
    assert capfd.readouterr() == ("", "")  # libtiff would print each complaint on a person's screen


def test_a_wrong_verdict_would_be_noticed() -> None:
    data = whole("png")
    facts = probe("a.png", data)
    assert quarrel(facts, data, 0.1) == ""
    assert "told readable" in quarrel(replace(facts, size=900), data[:900], 0.1)
    assert "told unreadable" in quarrel(replace(facts, fault="broken"), data, 0.1)
    assert "more than one" in quarrel(replace(facts, fault="broken", suspected="seam"), data, 0.1)
    assert "took" in quarrel(facts, data, 6.0)


def test_a_jpeg_of_a_thousand_passes_is_refused_before_they_are_made() -> None:
    small = written(Image.new("L", (64, 64), 90), progressive=True)
    head = small.index(b"\xff\xc2") + 5
    scan = small.rindex(b"\xff\xda")
    big = bytearray(small[:scan] + small[scan:-2] * 1000 + small[-2:])
    big[head : head + 4] = (6000).to_bytes(2, "big") * 2
    began = time.process_time()
    assert "million pixels in all of its passes" in probe("a.jpg", bytes(big)).fault
    assert time.process_time() - began < 1


def test_the_facts_of_one_file_do_not_depend_on_the_one_before() -> None:
    rng = np.random.default_rng(0)
    first = written(Image.fromarray(rng.integers(0, 255, (90, 90), dtype=np.uint8)))
    second = written(cut_out(drawing(5), (200, 150)))
    alone = probe("b", second)
    probe("a", first[: len(first) // 2])
    assert probe("b", second) == alone
