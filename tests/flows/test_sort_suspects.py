"""A table of probable label errors that a person filled in: every row finds its own image, wherever that stands."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import pytest

import labelkit
from labelkit.domain.decisions import DecidedBy
from labelkit.domain.errors import UsageError
from labelkit.domain.sort_result import SortResult
from labelkit.domain.spreadsheet import cell
from labelkit.domain.suspects import COLUMNS, LabelScore, rank_suspects
from labelkit.storage.suspects_file import write_suspects
from tests.flows.answer_scenes import recorded
from tests.flows.scenes import image, read_tree, write_table

SCORES = {"s1/x.png": "90", "s2/x.png": "91", "s3/x.png": "92", "GO/y.png": "10", "s1/y.png": "93", "=z.png": "94"}


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Twins by name, and a source with a class folder of its own, whose image is of the other class."""
    monkeypatch.chdir(tmp_path)
    for k, name in enumerate(SCORES):
        image(tmp_path / "raw" / name, seed=k)
    write_table(tmp_path / "m.csv", ["file", "score"], list(SCORES.items()))
    return tmp_path / "raw"


def first_sort(**more: object) -> dict[str, str]:
    """Where each image of the source stands then."""
    rule = ("score >= 80 -> GO", "score < 80 -> NG")
    labelkit.sort("raw", base_dir="base_dir", metadata="m.csv", rule=rule, **more)  # type: ignore[arg-type] # one dictionary
    return places()


def places() -> dict[str, str]:
    """Source path to the place in base_dir, by content."""
    inside = {p.read_bytes(): p.relative_to("base_dir").as_posix() for p in Path("base_dir").glob("*/*")}
    return {name: inside[data] for name, data in CONTENTS.items() if data in inside}


def places_of(raw: Path) -> dict[str, str]:
    """Every placed file by its content; not the ledger, which knows of one run more."""
    return {path: digest for path, digest in read_tree(raw.parent / "base_dir").items() if "/" in path}


CONTENTS: dict[str, bytes] = {}


@pytest.fixture(autouse=True)
def contents(raw: Path) -> None:
    CONTENTS.clear()
    CONTENTS.update({name: (raw / name).read_bytes() for name in SCORES})


def answered(verdicts: Mapping[str, str], table: str = "suspects.csv") -> SortResult:
    """Write the suspects as train and audit do, fill in the verdicts as a person does, and sort."""
    scores = [LabelScore(path, path.partition("/")[0], "NG", 4.0 + k, -3.95 - k) for k, path in enumerate(verdicts)]
    write_suspects(Path(table), rank_suspects(scores, sorted({s.label for s in scores})))
    with Path(table).open(encoding="utf-8-sig", newline="") as f:
        header, *rows = list(csv.reader(f))
    assert tuple(header) == COLUMNS
    filled = {cell(path): verdict for path, verdict in verdicts.items()}
    with Path(table).open("w", encoding="utf-8", newline="") as f:
        csv.writer(f, delimiter=";").writerows([header, *([*row[:-1], filled[row[0]]] for row in rows)])
    return labelkit.sort("raw", base_dir="base_dir", verdicts=table)


@pytest.mark.parametrize("mode", ["copy", "move", "symlink"])
@pytest.mark.parametrize("wrong", ["s1/x.png", "s2/x.png", "s3/x.png", "=z.png"])
def test_of_renamed_twins_the_one_that_was_named_goes(raw: Path, wrong: str, mode: str) -> None:
    before = first_sort(mode=mode)
    assert len({Path(before[f"s{k}/x.png"]).name for k in (1, 2, 3)}) == 3
    result = answered({before[name]: "NG" if name == wrong else "" for name in ("s1/x.png", "s2/x.png", wrong)})
    assert (result.relocated, result.missing, result.withdrawn, result.done) == (1, 0, 0, 0)
    assert {name for name, place in places().items() if place.startswith("NG/")} == {wrong, "GO/y.png"}
    decision = recorded(raw)[wrong]
    assert (decision.by, decision.label) == (DecidedBy.VERDICT, "NG")
    told = str(labelkit.why(wrong, base_dir="base_dir"))
    assert decision.why in told
    assert "suspects.csv:" in decision.why
    assert decision.why.endswith("says NG")


def test_handed_in_again_after_it_moved_its_images_it_changes_nothing(raw: Path) -> None:
    before = first_sort()
    verdicts = {before[name]: "NG" for name in ("s1/x.png", "s2/x.png", "s3/x.png")}
    assert answered(verdicts).relocated == 3
    after = places_of(raw)
    again = labelkit.sort("raw", base_dir="base_dir", verdicts="suspects.csv")
    assert (again.relocated, again.missing, again.already) == (0, 0, 6)
    assert places_of(raw) == after


def test_a_file_of_the_source_with_the_same_name_is_not_taken_for_the_one_in_base_dir() -> None:
    before = first_sort()
    assert (before["s1/y.png"], before["GO/y.png"]) == ("GO/y.png", "NG/y.png")
    assert answered({"GO/y.png": "NG"}).relocated == 1
    assert Path(places()["s1/y.png"]).parent.name == "NG"


def test_images_that_were_not_placed_are_named_from_base_dir(raw: Path) -> None:
    labelkit.sort(
        raw, base_dir="base_dir", metadata="m.csv", rule=("score >= 80 -> GO", "score < 80 -> NG"), mode="none"
    )
    scores = [LabelScore("../raw/s2/x.png", "GO", "NG", 4.0, -3.9)]
    write_suspects(Path("s.csv"), rank_suspects(scores, ["GO", "NG"]))
    Path("s.csv").write_text(Path("s.csv").read_text(encoding="utf-8").replace('""', '"NG"'), encoding="utf-8")
    result = labelkit.sort(raw, base_dir="base_dir", verdicts="s.csv", mode="none")
    assert result.labels == {"GO": 4, "NG": 2}
    assert recorded(raw)["s2/x.png"].label == "NG"


def test_suspects_of_another_folder_are_told_and_none_is_guessed() -> None:
    before = first_sort()
    result = answered({"GO/elsewhere.png": "NG", before["s1/x.png"]: "NG", "other/x.png": "NG"})
    assert (result.relocated, result.missing) == (1, 2)
    missing = {p.file for p in result.problems if p.state == "missing"}
    assert missing == {"GO/elsewhere.png", "other/x.png"}


def test_verdicts_that_a_person_filled_in_are_not_written_over() -> None:
    before = first_sort()
    answered({before["s1/x.png"]: "NG"})
    with pytest.raises(UsageError, match="holds 1 verdict"):
        write_suspects(Path("suspects.csv"), rank_suspects([], []))
