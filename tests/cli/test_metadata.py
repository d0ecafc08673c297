from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from tests.checkout import Command
from tests.flows.scenes import image


@pytest.fixture
def line(tmp_path: Path) -> Path:
    """A table in Windows-1252 with a title, decimal commas, a word and a sentinel among them, two spellings of OK."""
    for n in range(40):
        image(tmp_path / "raw" / f"{n:03d}.png")
    rows = [f"{n:03d}.PNG;{50 + n},5;{'ok' if n % 9 == 0 else 'OK'};{n:05d};größer\r\n" for n in range(38)]
    rows += ["038.png;n/m;N.G.;00038;\r\n", "gone.png;9999,9;N.G.;00039;\r\n"]
    content = "Linie 3;;;;\r\nBild;Güte;Urteil;Serie;Notiz\r\n" + "".join(rows)
    (tmp_path / "m.csv").write_bytes(content.encode("cp1252"))
    return tmp_path


def test_everything_that_was_settled_is_told(labelkit: Command, line: Path) -> None:
    done = labelkit("metadata", "check", "m.csv", "raw", cwd=line)
    assert (done.returncode, done.stdout) == (0, "")
    for part in (
        "m.csv: 40 rows (CP1252, semicolon)",
        "1 line above the column names left out ('Linie 3')",
        "39 cells of Güte read with decimal comma",
        "39 of 40 rows find their image (97.5 %)",
        "a name in another case or Unicode form: 38",
        "m.csv:42: gone.png",
        "'n/m'  1 x  m.csv:41  no number",
        "'9999.9'  1 x  m.csv:42  may mean 'not measured'",
        "1 image without a row:",
    ):
        assert part in done.stderr, part


def test_the_object_for_programs_holds_it_all(labelkit: Command, line: Path) -> None:
    told = json.loads(labelkit("metadata", "check", "m.csv", "raw", "--json", cwd=line).stdout)
    assert told["files"] == [{"file": "m.csv", "rows": 40, "encoding": "CP1252", "separator": "semicolon", "header": 2}]
    columns = {c["name"]: c for c in told["metadata"]["columns"]}
    assert columns["Urteil"]["values"] == [
        {"value": "OK", "count": 33},
        {"value": "ok", "count": 5},
        {"value": "N.G.", "count": 2},
    ]
    assert {s["value"]: s["count"] for s in columns["Güte"]["suspects"]} == {"n/m": 1, "9999.9": 1}
    assert (told["metadata"]["found"], told["fault"]) == (39, "")


def test_the_proposed_contract_is_taken_as_it_stands_and_once_decided(labelkit: Command, line: Path) -> None:
    told = json.loads(labelkit("metadata", "check", "m.csv", "raw", "--json", cwd=line).stdout)
    contract = told["contract"]
    columns = tomllib.loads(contract)["tool"]["labelkit"]["columns"]
    assert columns["Urteil"] == {"type": "text", "map": {"ok": "OK"}}
    assert columns["Serie"] == {"type": "text"}
    assert columns["Güte"] == {}  # a person must decide what 'n/m' and 9999.9 mean
    assert '# sentinels = ["n/m", 9999.9]' in contract
    settings = line / "pyproject.toml"
    settings.write_text(contract, encoding="utf-8")
    again = labelkit("metadata", "check", "m.csv", "raw", cwd=line)
    assert again.returncode == 0, again.stderr
    assert "5 cells of Urteil read through the map of its contract" in again.stderr
    decided = contract.replace('# type = "number"  #', 'type = "number"  #').replace("# sentinels", "sentinels")
    settings.write_text(decided, encoding="utf-8")
    last = labelkit("metadata", "check", "m.csv", "raw", cwd=line)
    assert "2 cells of Güte hold a sentinel (n/m, 9999.9) and say nothing" in last.stderr
    assert last.returncode == 0


@pytest.mark.parametrize(
    ("contract", "code", "part"),
    [
        ('[columns.Urteil]\ntype = "number"\n', 3, "m.csv:3, column Urteil: 'ok' is no number"),
        ('[columns.Gute]\ntype = "number"\n', 3, "did you mean 'Güte'"),
        ('[columns.Urteil]\ntpye = "text"\n', 2, "did you mean 'type'"),
    ],
)
def test_contracts_are_held(labelkit: Command, line: Path, contract: str, code: int, part: str) -> None:
    (line / "labelkit.toml").write_text(contract, encoding="utf-8")
    done = labelkit("metadata", "check", "m.csv", cwd=line)
    assert done.returncode == code
    assert part in done.stderr


def test_a_table_that_cannot_be_read_is_refused_for_programs_too(labelkit: Command, line: Path) -> None:
    (line / "m.csv").write_text("file,verdict\na.png,OK,x\nb.png,NG\n")
    done = labelkit("metadata", "check", "m.csv", "--json", cwd=line)
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["code"], error["place"]) == (3, 3, "m.csv:2")


def test_rows_of_other_images_are_refused_with_the_report(labelkit: Command, line: Path) -> None:
    (line / "m.csv").write_text("file,verdict\n1.png,OK\n2.png,NG\n777.png,NG\n")
    done = labelkit("metadata", "check", "m.csv", "raw", cwd=line)
    assert done.returncode == 3
    assert "2 rows find their image with --pad-digits 3 ('1.png' as '001.png')" in done.stderr
    assert "refused: most rows do not find their image" in done.stderr
    assert labelkit("metadata", "check", "m.csv", "raw", "--pad-digits", "3", cwd=line).returncode == 0


def test_without_images_only_the_table_is_looked_at(labelkit: Command, line: Path) -> None:
    done = labelkit("metadata", "check", "m.csv", cwd=line)
    assert done.returncode == 0
    assert "find their image" not in done.stderr


def test_no_table_is_wrong_usage(labelkit: Command, tmp_path: Path) -> None:
    assert labelkit("metadata", "check", cwd=tmp_path).returncode == 2
