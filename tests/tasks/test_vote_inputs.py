"""What each rule looked at: the features that come back with votes, and the columns that its code names."""

# ruff: noqa: ARG001 - the rules of a test; the arguments of a rule are its contract
from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labelkit.domain.labeling import ABSTAIN, feature, labeling_function
from labelkit.domain.votes import VoteColumn
from labelkit.engines.engine import Engine
from labelkit.engines.in_process import InProcess
from labelkit.engines.local import LocalWorkers
from labelkit.imaging.recipes import Pixels
from labelkit.plugins.sources import load_sources
from labelkit.tasks.vote import cast_votes


@feature
def peak(gray: Pixels) -> object:
    return gray.max()


@feature
def half(gray: Pixels) -> Pixels:
    return gray[::2]


@labeling_function(columns=["score"], labels=["GO"])
def gated(row: object, brightness: float, peak: float, half: Pixels) -> object:
    return ABSTAIN


@labeling_function(labels=["GO"])
def unasked(row: dict[str, object]) -> object:
    return "GO" if row["lot no."] else getattr(row, "station")  # noqa: B009 - a row has any attribute


def cast(tmp_path: Path, engine: Engine) -> tuple[VoteColumn, ...]:
    where = []
    for n in range(3):
        where.append(str(tmp_path / f"{n}.png"))
        Image.new("L", (8, 6), 50 * n).save(where[-1])
    (tmp_path / "2.png").write_bytes(b"no image")
    return cast_votes(
        load_sources([gated, unasked, peak, half], ["width > 5 and score > 1 -> GO"]),
        table={"score": ["1", "", "3"], "lot no.": ["7", "A", "9"], "station": ["1", "2", "3"], "other": ["", "", ""]},
        table_name="m.csv",
        lines=[2, 3, 4],
        records=[(0, 0), (1, 1), (2, 2)],
        where=where,
        make_engine=lambda _: engine,
    )


@pytest.mark.parametrize("engine", [InProcess(), LocalWorkers(2)])
def test_numbers_come_back_where_a_rule_was_asked_and_the_image_is_one(tmp_path: Path, engine: Engine) -> None:
    by_gated, by_unasked, by_width = cast(tmp_path, engine)
    found = {name: np.asarray(values) for name, values in by_gated.inputs.features.items()}
    assert set(found) == {"brightness", "peak", "half"}
    np.testing.assert_array_equal(found["peak"], [0, math.nan, math.nan])
    assert math.isnan(found["half"][0])
    assert list(by_width.inputs.features) == ["width"]
    assert list(by_width.inputs.features["width"][:2]) == [8.0, 8.0]
    assert not by_unasked.inputs.features


def test_columns_are_those_that_a_rule_names_and_their_kinds_those_of_the_table(tmp_path: Path) -> None:
    by_gated, by_unasked, by_width = cast(tmp_path, InProcess())
    assert by_gated.inputs.columns == ("score",)
    assert by_unasked.inputs.columns == ("lot no.", "station")
    assert by_width.inputs.columns == ("score",)
    assert by_unasked.inputs.kinds == {"score": "int", "lot no.": "text", "station": "int", "other": "int"}
