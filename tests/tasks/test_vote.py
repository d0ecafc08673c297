"""Votes of all kinds of rules on rows and images; the same with any number of workers and in any order."""

# ruff: noqa: ARG001 - the arguments of a rule are its contract, whether its body needs them or not
from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labelkit.domain.errors import LabelkitError, MetadataError, RulesError
from labelkit.domain.labeling import ABSTAIN, LabelingFunction, feature, labeling_function
from labelkit.domain.votes import ABSTAINED, FAILED, NO_VALUE, SPLIT, VoteColumn
from labelkit.engines.engine import Engine
from labelkit.engines.in_process import InProcess
from labelkit.engines.local import LocalWorkers
from labelkit.imaging.recipes import Pixels, decode
from labelkit.plugins.sources import GivenRule, Sources, load_sources
from labelkit.tasks.asking import Asking
from labelkit.tasks.vote import cast_votes

Table = Mapping[str, Sequence[str]]


def in_process(_: int) -> Engine:
    return InProcess()


def no_engine(_: int) -> Engine:
    raise AssertionError("no rule looks at images")


def cast(
    sources: Sources,
    table: Table,
    *,
    records: Iterable[tuple[int, int]] | None = None,
    where: Sequence[str] | None = None,
    make_engine: Callable[[int], Engine] = no_engine,
) -> tuple[VoteColumn, ...]:
    size = len(next(iter(table.values()), ()))
    return cast_votes(
        sources,
        table=table,
        table_name="metadata.csv",
        lines=range(2, size + 2),
        records=[(i, i) for i in range(size)] if records is None else records,
        where=[f"{i}.png" for i in range(size)] if where is None else where,
        make_engine=make_engine,
    )


def one(rule: LabelingFunction, table: Table, **given: Sequence[tuple[int, int]]) -> VoteColumn:
    return cast(load_sources([rule]), table, records=given.get("records"))[0]


def told(column: VoteColumn) -> list[str | int]:
    return [column.labels[code] if code >= 0 else code for code in column.codes]


def returning(value: object, labels: Sequence[str] = ("GO", "NG")) -> LabelingFunction:
    @labeling_function(labels=labels)
    def rule(row: object) -> object:
        return value

    return rule


@labeling_function(columns=["score"], labels=["GO", "NG"])
def by_score(row: object, *, threshold: float = 80.0) -> str:
    """As rules/threshold.py."""
    return "GO" if getattr(row, "score") >= threshold else "NG"  # noqa: B009 - a row has any attribute


@labeling_function(labels=["SEEN"])
def repeats(row: object) -> object:
    """Tells, as an error, what it was given."""
    raise ValueError(repr(row))


def test_a_function_votes_row_by_row_and_abstains_without_a_value() -> None:
    found = one(by_score, {"score": ["90", " 80 ", "79.9", "", "N/A", "8e1"]})
    assert told(found) == ["GO", "GO", "NG", NO_VALUE, NO_VALUE, "GO"]
    assert found.reasons == {3: "no value: score", 4: "no value: score"}
    assert (found.name, found.kind, found.priority, found.labels) == ("by_score", "function", 1, ("GO", "NG"))
    assert found.place.startswith(__file__)


@pytest.mark.parametrize(
    ("cells", "seen"),
    [
        (["1", "2", ""], ["1", "2", "None"]),
        (["1", "2.5"], ["1.0", "2.5"]),
        (["１", "-2"], ["1", "-2"]),  # noqa: RUF001 - full width, as some lines write
        (["00123", "5"], ["'00123'", "'5'"]),
        (["0", "0.5"], ["0.0", "0.5"]),
        ([" a ", "7", "NG"], ["'a'", "'7'", "'NG'"]),
        (["12345678901234567890"], ["12345678901234567890"]),
        (["1_0"], ["'1_0'"]),
        (["", "-"], ["None", "None"]),
    ],
)
def test_cells_are_numbers_when_the_whole_column_is(cells: list[str], seen: list[str]) -> None:
    found = one(repeats, {"value": cells})
    assert [found.reasons[i].splitlines()[0] for i in range(len(cells))] == [
        f"ValueError: Row(value={s})" for s in seen
    ]


def test_columns_that_are_no_identifiers_are_read_by_item() -> None:
    @labeling_function(columns=["検査 No."], labels=["GO", "NG"])
    def by_number(row: Mapping[str, int]) -> str:
        return "GO" if row["検査 No."] == 7 else "NG"

    assert told(one(by_number, {"検査 No.": ["7", "8"]})) == ["GO", "NG"]


def test_an_unknown_attribute_names_the_nearest() -> None:
    @labeling_function(labels=["GO"])
    def misspelt(row: object) -> str:
        return str(getattr(row, "scor"))  # noqa: B009 - what a person might misspell

    reason = one(misspelt, {"score": ["1"]}).reasons[0]
    assert reason.startswith("AttributeError: the row has no column 'scor'; did you mean 'score'?")


@pytest.mark.parametrize(
    ("value", "code", "reason"),
    [
        ("GO", 0, ""),
        (np.str_("NG"), 1, ""),
        (ABSTAIN, ABSTAINED, ""),
        (None, FAILED, "returned None; return a label or ABSTAIN"),
        ("Go", FAILED, "'Go' is not among its labels; did you mean 'GO'?"),
        (60, FAILED, "returned the number 60; a label is a text: '60'"),
        (60.0, FAILED, "a label is a text: '60'"),
        (True, FAILED, "returned bool"),
        (np.float64(1), FAILED, "a label is a text: '1'"),
        (["GO"], FAILED, "returned list"),
        ("", FAILED, "is not among its labels"),
    ],
)
def test_what_a_function_may_return(value: object, code: int, reason: str) -> None:
    found = one(returning(value), {"score": ["1"]})
    assert found.codes[0] == code
    assert reason in found.reasons.get(0, "")
    assert bool(found.reasons) == (code == FAILED)


def test_labels_left_out_take_any_label_that_can_be_a_folder() -> None:
    assert told(one(returning("anything", labels=()), {"a": ["1"]})) == ["anything"]
    assert "cannot be a class folder" in one(returning("a/b", labels=()), {"a": ["1"]}).reasons[0]


class Odd(Exception):  # noqa: N818 - what a person might write
    """An exception that cannot be told."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    ("error", "said"),
    [(ZeroDivisionError("by zero"), "ZeroDivisionError: by zero"), (SystemExit(3), "SystemExit: 3"), (Odd(), "Odd")],
)
def test_an_exception_is_told_with_the_persons_own_lines(error: BaseException, said: str) -> None:
    @labeling_function(labels=["GO"])
    def breaks(row: object) -> str:
        raise error

    lines = one(breaks, {"a": ["1"]}).reasons[0].splitlines()
    assert lines[0] == said
    assert len(lines) == 2
    assert lines[1].startswith(f"  {__file__}:")
    assert lines[1].endswith(": raise error")


def test_an_interrupt_is_the_persons_own() -> None:
    @labeling_function(labels=["GO"])
    def interrupted(row: object) -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        one(interrupted, {"a": ["1"]})


def test_text_where_numbers_were_expected_names_the_cell_that_made_it_text() -> None:
    found = one(by_score, {"score": ["90", "abc"]})
    assert found.codes.tolist() == [FAILED, FAILED]
    assert found.reasons[0].startswith("TypeError")
    assert found.reasons[0].endswith("score is a column of text, for 'abc' (metadata.csv:3) is no plain number")


@pytest.mark.parametrize("expressions", [[], ["scores > 1 -> GO"]])
def test_an_unknown_column_is_refused_before_anything_votes(expressions: list[str]) -> None:
    @labeling_function(columns=["scores"], labels=["GO"])
    def wrong(row: object) -> str:
        raise AssertionError("not to be asked")

    with pytest.raises(LabelkitError) as caught:
        cast(load_sources([] if expressions else [wrong], expressions), {"score": ["1"], "lot": ["a"]})
    assert "metadata.csv has no column 'scores'" in caught.value.message
    assert "did you mean 'score'?" in caught.value.remedy
    if not expressions:
        assert isinstance(caught.value, MetadataError)
        assert caught.value.exit_code == 3
        assert caught.value.place.startswith(f"{__file__}:")


def test_without_metadata_a_rule_that_needs_a_column_says_so() -> None:
    with pytest.raises(MetadataError, match="'by_score' needs the column 'score', but no metadata was given"):
        cast(load_sources([by_score]), {}, where=["a.png"])
    with pytest.raises(RulesError, match="'score' is no column: there is no metadata"):
        cast(load_sources([], ["score > 1 -> GO"]), {}, where=["a.png"])


def test_an_image_without_a_row_has_no_value_and_rows_of_one_image_are_folded() -> None:
    records = [(0, 0), (1, -1), (2, 1), (2, 2), (3, 3), (3, 4)]
    table = {"score": ["90", "90", "95", "70", "90"], "verdict": ["OK", "OK", "OK", "NG", "NG"]}
    found = cast(
        load_sources([by_score], ["score >= 80 -> GO", "score < 80 -> NG"], label_column="verdict"),
        table,
        records=records,
        where=list("abcd"),
    )
    assert [told(c) for c in found] == [
        ["GO", NO_VALUE, "GO", SPLIT],
        ["GO", NO_VALUE, "GO", "GO"],
        [ABSTAINED, NO_VALUE, ABSTAINED, "NG"],
        ["OK", NO_VALUE, "OK", "NG"],
    ]
    assert all(c.reasons[1] == "no row" for c in found)
    assert found[0].reasons[3] == "its rows disagree: metadata.csv:5 says NG, metadata.csv:6 says GO"


def picture(folder: Path, name: str, level: int) -> str:
    path = folder / name
    Image.new("RGB", (12, 8), (level, level, level)).save(path)
    return str(path)


RULES = """import os
from labelkit import ABSTAIN, feature, labeling_function

@feature
def doubled(brightness):
    return brightness * 2

@feature
def quadrupled(doubled):
    if doubled == 2 * 13:
        raise ValueError("unlucky")
    return doubled * 2

@labeling_function(labels=["NG"])
def dark(brightness, *, limit: float = 20):
    return "NG" if brightness < limit else ABSTAIN

@labeling_function(columns=["score"], labels=["GO", "NG"])
def both(row, quadrupled, width):
    if row.score == 66:
        os._exit(3)
    return "GO" if row.score * 4 < quadrupled and width == 12 else "NG"

@labeling_function(columns=["score"])
def by_score(row):
    return f"s{row.score}"
"""


@pytest.fixture
def scene(tmp_path: Path) -> tuple[Sources, Table, list[str]]:
    levels = [5, 40, 200, 13, 90, 100]
    where = [picture(tmp_path, f"{i}.png", level) for i, level in enumerate(levels)]
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "rules.py").write_text(RULES)
    table = {"score": ["1", "50", "100", "1", "", "90"], "file": list("abcdef")}
    sources = load_sources([tmp_path / "rules.py"], ["brightness > 80 and score is missing -> LIT"])
    return sources, table, [*where, str(tmp_path / "broken.png"), str(tmp_path / "gone.png")]


RECORDS = [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 0), (7, 0)]


def test_rules_that_look_at_images(scene: tuple[Sources, Table, list[str]]) -> None:
    sources, table, where = scene
    dark, both, scores, lit = cast(sources, table, records=RECORDS, where=where, make_engine=in_process)
    assert told(dark) == ["NG", ABSTAINED, ABSTAINED, "NG", ABSTAINED, ABSTAINED, FAILED, FAILED]
    assert told(both) == ["GO", "NG", "GO", FAILED, NO_VALUE, "GO", FAILED, FAILED]
    assert both.reasons[4] == "no value: score"
    assert both.reasons[3].splitlines()[0] == "feature 'quadrupled': ValueError: unlucky"
    assert both.reasons[3].splitlines()[1].endswith('rules.py:11: raise ValueError("unlucky")')
    assert both.reasons[6].startswith("cannot be decoded: ")
    assert both.reasons[7].startswith("cannot be read: ")
    assert scores.labels == ("s1", "s100", "s50", "s90")
    assert told(lit) == [ABSTAINED, ABSTAINED, ABSTAINED, ABSTAINED, "LIT", ABSTAINED, FAILED, FAILED]


def test_each_image_is_decoded_once_for_all_rules(
    scene: tuple[Sources, Table, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    sources, table, where = scene
    decoded: list[tuple[int, int]] = []

    def counted(recipe: str, data: bytes, size: tuple[int, int]) -> Pixels:
        decoded.append(size)
        return decode(recipe, data, size)

    monkeypatch.setattr("labelkit.imaging.features.decode", counted)
    cast(sources, table, records=[*RECORDS[:6], (0, 1)], where=where[:6], make_engine=in_process)
    assert len(decoded) == 6


def test_a_rule_that_is_not_asked_costs_no_decode(tmp_path: Path) -> None:
    @labeling_function(columns=["score"], labels=["GO"])
    def careful(row: object, gray: object) -> str:
        return "GO"

    asked: list[int] = []

    def engine(items: int) -> Engine:
        asked.append(items)
        return InProcess()

    where = [picture(tmp_path, "a.png", 9), str(tmp_path / "gone.png")]
    found = cast(load_sources([careful]), {"score": ["1", ""]}, where=where, make_engine=engine)[0]
    assert asked == [1]
    assert told(found) == ["GO", NO_VALUE]


def test_a_column_goes_before_an_image_feature_of_its_name() -> None:
    found = cast(load_sources([], ["width > 5 -> WIDE"]), {"width": ["6", "4", ""]}, make_engine=no_engine)
    assert told(found[0]) == ["WIDE", ABSTAINED, NO_VALUE]


def test_all_images_are_advanced_over(scene: tuple[Sources, Table, list[str]]) -> None:
    sources, table, where = scene
    done: list[int] = []
    for chosen in (sources, load_sources([by_score])):
        done.clear()
        cast_votes(
            chosen,
            table=table,
            table_name="m",
            lines=range(6),
            records=RECORDS,
            where=where,
            make_engine=in_process,
            asking=Asking(advance=done.append),
        )
        assert sum(done) == len(where)


def by_path(columns: Iterable[VoteColumn], where: Sequence[str]) -> list[dict[str, tuple[str | int, str]]]:
    return [{w: (told(c)[i], c.reasons.get(i, "")) for i, w in enumerate(where)} for c in columns]


@feature
def spread(gray: np.ndarray[tuple[int, int], np.dtype[np.uint8]]) -> float:
    """A feature handed in as a Python value."""
    return float(gray.max()) - float(gray.min())


@labeling_function(labels=["FLAT"])
def flat(spread: float) -> str:
    """A rule handed in as a Python value."""
    return "FLAT" if spread == 0 else "?"


def test_workers_and_order_change_nothing(scene: tuple[Sources, Table, list[str]], tmp_path: Path) -> None:
    _, table, where = scene
    given: list[GivenRule] = [tmp_path / "rules.py", flat, spread]
    sources = load_sources(given, ["brightness > 80 and score is missing -> LIT"], parameters=["limit=50"])
    expected = by_path(cast(sources, table, records=RECORDS, where=where, make_engine=in_process), where)
    assert expected[0][where[1]] == ("NG", "")  # the parameter's value went along
    order = [7, 2, 5, 0, 6, 4, 1, 3]
    turned = [(order.index(image), row) for image, row in RECORDS]
    shuffled = [where[i] for i in order]
    for engine in (in_process, lambda _: LocalWorkers(2)):
        columns = cast(sources, table, records=turned, where=shuffled, make_engine=engine)
        assert by_path(columns, shuffled) == expected


def test_a_function_that_cannot_travel_is_named(tmp_path: Path) -> None:
    lock = threading.Lock()

    @labeling_function(labels=["GO"])
    def locked(gray: object) -> str:
        with lock:
            return "GO"

    where = [picture(tmp_path, "a.png", 9)]
    with pytest.raises(RulesError, match="one of locked") as caught:
        cast(load_sources([locked]), {}, where=where, make_engine=lambda _: LocalWorkers(1))
    assert "rules file" in caught.value.remedy
    found = cast(load_sources([locked]), {}, where=where, make_engine=in_process)
    assert told(found[0]) == ["GO"]


def test_a_rule_that_kills_its_worker_costs_one_image(scene: tuple[Sources, Table, list[str]]) -> None:
    sources, _, where = scene
    table = {"score": ["1", "66"]}
    found = cast(sources, table, where=where[:2], make_engine=lambda _: LocalWorkers(1))
    assert told(found[1]) == ["GO", FAILED]
    assert "died" in found[1].reasons[1]
    assert told(found[2]) == ["s1", "s66"]
