"""Tables of awkward shape: each is sorted, or refused, as a person would expect."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from labelkit.domain.decisions import State
from tests.flows.awkward_tables import DASH, SIZE, boards, casting, steel
from tests.flows.dirt import labels_of, told

SEEDS = [1, 2, 3]


@pytest.mark.parametrize("seed", SEEDS)
def test_windows_1252_with_words_among_the_numbers(tmp_path: Path, seed: int) -> None:
    line = casting(tmp_path, seed)
    written = [row.split(";") for row in (tmp_path / "m.csv").read_text("cp1252").splitlines()[1:]]
    result = line.sort(rule=["[Güte] >= 70 -> GO", "[Güte] < 70 -> NG"])
    scores = {name: float(score.replace(",", ".")) for name, score, _ in written if score[0].isdigit()}
    assert labels_of(result) == {name: "GO" if score >= 70 else "NG" for name, score in scores.items()}
    assert result.states[State.ABSTAINED] == SIZE - len(scores)
    assert "CP1252" in told(result, "m.csv: 24 rows")
    assert told(result, "decimal comma") == f"{len(scores)} cells of Güte read with decimal comma"
    contract = {"Güte": {"type": "number", "decimal": ",", "sentinels": [DASH]}}
    assert "'n. gemessen' is no number" in line.refused(rule=["[Güte] >= 70 -> GO"], contracts=contract)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_blank_before_a_column_name_and_numbers_to_be_padded(tmp_path: Path, seed: int) -> None:
    line = steel(tmp_path, seed)
    rows = [row.split(", ") for row in (tmp_path / "m.csv").read_text().splitlines()[1:]]
    rules: dict[str, object] = {
        "label_column": "defect",
        "map": {"0": "GO", "1": "NG"},
        "file": "plate_{id}.png",
    }
    text = line.refused(**rules)
    assert f"{SIZE} of {SIZE} rows have no file" in text
    assert "--pad-digits 5" in text
    wanted = {f"plate_{int(n):05d}.png": "NG" if defect == "1" else "GO" for n, defect in rows}
    by_option = line.sort(**rules, pad_digits=5)
    assert labels_of(by_option) == wanted
    assert told(by_option, "blanks around 1 column names")
    by_contract = line.sort(**rules, contracts={"id": {"pad": 5}})
    assert labels_of(by_contract) == wanted
    assert told(by_contract, "padded to 5 digits")


@pytest.mark.parametrize("seed", SEEDS)
def test_labels_in_two_cases_with_contradicting_rows(tmp_path: Path, seed: int) -> None:
    line = boards(tmp_path, seed)
    said: dict[str, set[str]] = {}
    for row in (tmp_path / "m.csv").read_text().splitlines()[1:]:
        name, _, label = row.partition(",")
        said.setdefault(name, set()).add(label.casefold())
    result = line.sort(label_column="label", map={"good": "GO", "bad": "NG"})
    clear = {name: "GO" if labels == {"good"} else "NG" for name, labels in said.items() if len(labels) == 1}
    assert labels_of(result) == clear
    states = Counter(p.state for p in result.problems)
    assert states == {"conflict": len(said) - len(clear)}
    assert told(result, "mapped in another case")
    strict = line.labels(label_column="label", map={"good": "GO", "bad": "NG"}, aggregate=["label=any:bad"])
    assert strict == clear | {name: "NG" for name, labels in said.items() if len(labels) > 1}
