"""Contracts of columns as settings write them: what can be used, and every fault told at once."""

from __future__ import annotations

import tomllib

import pytest

from labelkit.domain.contract import ColumnContract, ColumnType, contract_faults, contracts_of
from labelkit.domain.settings import settings_faults


def columns(text: str) -> dict[str, object]:
    found = tomllib.loads(text)["columns"]
    assert isinstance(found, dict)
    return found


def test_a_whole_contract() -> None:
    given = columns(
        '[columns.score]\ntype = "number"\nmin = 0\nmax = 100.5\nsentinels = [-1, 999.9, "n/m"]\ndecimal = ","\n'
        'aggregate = "min"\n[columns."検査 No."]\npad = 3\n[columns.verdict.map]\n"N.G." = "NG"\n'
        '[columns.day]\ntype = "date"\nmin = 2026-01-01\n'
    )
    assert contract_faults(given) == []
    assert contracts_of(given) == {
        "score": ColumnContract(ColumnType.NUMBER, 0, 100.5, ("-1", "999.9", "n/m"), ",", 0, "min"),
        "検査 No.": ColumnContract(pad=3),
        "verdict": ColumnContract(mapping={"N.G.": "NG"}),
        "day": ColumnContract(ColumnType.DATE, "2026-01-01"),
    }


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ('tpye = "number"', "unknown key 'tpye' in 'columns.x'; did you mean 'type'?"),
        ('type = "nummer"', "'columns.x.type' cannot be 'nummer'; did you mean 'number'?"),
        ("sentinels = -1", "'columns.x.sentinels' must be a list of numbers or texts, not -1"),
        ("sentinels = [true]", "'columns.x.sentinels' must be a list"),
        ('decimal = ";"', "'columns.x.decimal' must be \",\" or \".\", not ';'"),
        ("pad = 0", "'columns.x.pad' must be a whole number from 1 to 30, not 0"),
        ("pad = true", "'columns.x.pad' must be a whole number"),
        ('aggregate = "fist"', "an aggregate cannot be 'fist'; did you mean 'first'?"),
        ('aggregate = "any:"', "an aggregate cannot be 'any:'"),
        ("aggregate = 3", "an aggregate cannot be 3"),
        ("map = { a = 1 }", "'columns.x.map' must be a table of texts"),
        ("min = true", "'columns.x.min' must be a number or a date"),
        ("min = 3", "'columns.x.min' needs a type that has an order"),
        ('type = "text"\nmax = 3', "'columns.x.max' needs a type that has an order"),
        ('type = "number"\nmax = "3"', "'columns.x.max' must be a number, not '3'"),
        ('type = "date"\nmin = 3', "'columns.x.min' must be a date, not 3"),
        ('type = "integer"\ndecimal = ","', "'columns.x.decimal' needs type = \"number\""),
    ],
)
def test_each_fault_names_its_key(line: str, part: str) -> None:
    (fault,) = contract_faults(columns(f"[columns.x]\n{line}\n"))
    assert part in fault


def test_all_faults_are_told_at_once_and_a_column_is_a_table() -> None:
    table: dict[str, object] = {"columns": {"a": 3, "b": {"tpye": 1, "pad": 0}}, "encodig": "cp932"}
    told = "\n".join(settings_faults(table))
    assert told.count("\n") == 3
    for part in ("'columns.a' must be a table, not 3", "unknown key 'tpye'", "'columns.b.pad'", "'encodig'"):
        assert part in told


def test_columns_may_still_be_names() -> None:
    assert settings_faults({"columns": ["file", "score"]}) == settings_faults({"columns": "file,score"}) == []
    assert settings_faults({"columns": 3}) == [
        "'columns' must be a list of column names, or a table for each column, not 3"
    ]
