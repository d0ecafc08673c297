from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from PIL import Image

from labelkit.storage.settings_file import read_settings
from tests.checkout import Command


def draw(folder: Path, names: Sequence[str]) -> None:
    for i, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8), (i * 5 % 256, 20, 90)).save(path)


def write_table(path: Path, rows: Sequence[Mapping[str, str]], *, encoding: str = "utf-8") -> None:
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding=encoding)


def plan_of(labelkit: Command, folder: Path, *words: str) -> dict[str, object]:
    """What a dry run says with the proposed settings alone."""
    done = labelkit("sort", "--dry-run", "--json", *words, cwd=folder)
    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)
    assert isinstance(plan, dict)
    return plan


def test_demo_writes_sample_rules_and_settings(labelkit: Command, tmp_path: Path) -> None:
    done = labelkit("init", "--demo", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["labelkit.toml", "rules", "sample_data"]
    settings = read_settings(tmp_path / "labelkit.toml").table
    assert (tmp_path / str(settings["source"])).is_dir()
    assert (tmp_path / str(settings["metadata"])).is_file()
    told = [line.strip() for line in done.stderr.splitlines() if line.startswith("  labelkit ")]
    assert told == ["labelkit sort --rules rules/threshold.py", "labelkit audit base_dir", "labelkit train"]
    plan = plan_of(labelkit, tmp_path, "--rules", "rules/threshold.py")
    assert plan["labels"] == {"GO": 61, "NG": 32}


def test_demo_does_not_touch_a_folder_that_holds_something(labelkit: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = labelkit("init", "--demo", cwd=tmp_path)
    assert done.returncode == 2
    assert "mine.txt" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_demo_in_a_folder_with_only_hidden_names(labelkit: Command, tmp_path: Path) -> None:
    (tmp_path / ".venv").mkdir()
    assert labelkit("init", "--demo", cwd=tmp_path).returncode == 0


def test_verdict_column_becomes_the_first_rule(labelkit: Command, sample: Path) -> None:
    here = sample / "mine"
    here.mkdir()
    done = labelkit("init", "../sample_data/raw", "../sample_data/metadata.csv", "--json", cwd=here)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["images"]["images"] == 96
    assert told["metadata"]["rows"] == 96
    assert told["metadata"]["found"] == 95
    assert [m["row"].split(":")[-1] for m in told["metadata"]["missing"]] == ["41"]
    columns = {c["name"]: c for c in told["metadata"]["columns"]}
    assert columns["score"]["kind"] == "numbers"
    assert columns["score"]["missing"] == 2
    assert columns["verdict"]["values"] == [{"value": "OK", "count": 63}, {"value": "N.G.", "count": 33}]
    assert told["written"] == ["labelkit.toml", "rules/first.toml"]
    labels = plan_of(labelkit, here)["labels"]
    assert labels == {"GO": 62, "NG": 33}  # one OK row has no file


def test_people_read_encoding_columns_and_match_rate(labelkit: Command, sample: Path) -> None:
    here = sample / "mine"
    here.mkdir()
    said = labelkit("init", "../sample_data/raw", "../sample_data/metadata.csv", cwd=here).stderr
    for part in ("96 images", "UTF-8, comma", "95 of 96 rows", "18.2 to 99.5", "OK (63), N.G. (33)", "OK = GO"):
        assert part in said


def test_score_column_becomes_a_threshold(labelkit: Command, tmp_path: Path) -> None:
    names = [f"{i:03}.png" for i in range(10)]
    draw(tmp_path / "images", names)
    write_table(tmp_path / "t.csv", [{"file": n, "total_score": str(10 * i)} for i, n in enumerate(names)])
    done = labelkit("init", "images", "t.csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    rule = tomllib.loads((tmp_path / "rules" / "first.toml").read_text("utf-8"))
    assert rule["params"]["threshold"] == 45.0  # the middle of 0 to 90
    assert plan_of(labelkit, tmp_path)["labels"] == {"GO": 5, "NG": 5}


def test_probability_of_a_defect_reads_the_other_way(labelkit: Command, tmp_path: Path) -> None:
    names = [f"{i:03}.png" for i in range(4)]
    draw(tmp_path / "images", names)
    write_table(tmp_path / "t.csv", [{"file": n, "defect_prob": str(i / 3)} for i, n in enumerate(names)])
    labelkit("init", "images", "t.csv", cwd=tmp_path)
    plan = plan_of(labelkit, tmp_path)["plan"]
    assert isinstance(plan, list)
    assert "NG" in json.dumps([step for step in plan if "003.png" in json.dumps(step)])


def test_japanese_table_with_odd_names(labelkit: Command, tmp_path: Path) -> None:
    names = [f"部品{i}.png" for i in range(6)]
    draw(tmp_path / "画像", names)
    verdicts = ["良", "不良", "Ｏ.Ｋ.", "n.g.", "保留", "良"]  # noqa: RUF001 - full width, as such tables write it
    rows = [
        {"検査 No.": str(i), "ファイル": n, "判定 '結果'": v}
        for i, (n, v) in enumerate(zip(names, verdicts, strict=True))
    ]
    write_table(tmp_path / "表.csv", rows, encoding="cp932")
    done = labelkit("init", "画像", "表.csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "CP932" in done.stderr
    assert "保留 is left open" in done.stderr
    plan = plan_of(labelkit, tmp_path)
    assert plan["labels"] == {"GO": 3, "NG": 2}
    states = plan["states"]
    assert isinstance(states, dict)
    assert states["abstained"] == 1


def test_names_without_suffix_are_found_by_a_template(labelkit: Command, tmp_path: Path) -> None:
    draw(tmp_path / "images", ["a/0001.png", "a/0002.png", "b/0003.png"])
    rows = [
        {"serial": "0001", "verdict": "OK"},
        {"serial": "0002", "verdict": "NG"},
        {"serial": "0003", "verdict": "NG"},
    ]
    write_table(tmp_path / "t.csv", rows)
    done = labelkit("init", "images", "t.csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert read_settings(tmp_path / "labelkit.toml").table["file"] == "{serial}.png"
    assert plan_of(labelkit, tmp_path)["labels"] == {"GO": 1, "NG": 2}


def test_near_misses_are_told(labelkit: Command, tmp_path: Path) -> None:
    draw(tmp_path / "images", ["A1.png", "0002.png", "c.png", "d.png", "e.png", "f.png"])
    files = ["a1.PNG", "2.png", "c.jpg", "d.png", "e.png", "f.png"]
    write_table(tmp_path / "t.csv", [{"file": f, "verdict": "OK" if f < "d" else "NG"} for f in files])
    done = labelkit("init", "images", "t.csv", "--json", cwd=tmp_path)
    seen = json.loads(done.stdout)["metadata"]
    assert seen["steps"] == {"path": 3, "a name in another case or Unicode form": 1, "a name with another suffix": 1}
    near = {m["written"]: (m["image"], m["differs"]) for m in seen["near_misses"]}
    assert near == {"2.png": ("0002.png", "leading zeros")}
    assert seen["hint"] == "1 row finds its image with --pad-digits 4 ('2.png' as '0002.png')"


def test_a_table_of_other_images_proposes_nothing(labelkit: Command, tmp_path: Path) -> None:
    draw(tmp_path / "images", ["1.png", "2.png"])
    write_table(tmp_path / "t.csv", [{"file": f"other{i}.png", "verdict": "OK"} for i in range(4)])
    done = labelkit("init", "images", "t.csv", cwd=tmp_path)
    assert done.returncode == 3
    assert "0 of 4 rows" in done.stderr
    assert not (tmp_path / "labelkit.toml").exists()


def test_no_telling_column_still_gives_settings(labelkit: Command, tmp_path: Path) -> None:
    draw(tmp_path / "images", ["1.png", "2.png"])
    write_table(tmp_path / "t.csv", [{"file": f"{i}.png", "operator": "Kim"} for i in (1, 2)])
    done = labelkit("init", "images", "t.csv", cwd=tmp_path)
    assert done.returncode == 0
    assert "labelkit sort --rule" in done.stderr
    assert not (tmp_path / "rules").exists()
    assert "rules" not in read_settings(tmp_path / "labelkit.toml").table


def test_a_table_without_header_asks_for_names_and_records_them(labelkit: Command, tmp_path: Path) -> None:
    draw(tmp_path / "images", ["1.png", "2.png"])
    (tmp_path / "t.txt").write_text("1.png 0.0\n2.png 1.0\n")
    refused = labelkit("init", "images", "t.txt", cwd=tmp_path)
    assert refused.returncode == 3
    assert "--columns file,column2" in refused.stderr
    done = labelkit("init", "images", "t.txt", "--columns", "file,score", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert plan_of(labelkit, tmp_path)["labels"] == {"GO": 1, "NG": 1}


@pytest.mark.parametrize("there", ["labelkit.toml", "rules/first.toml"])
def test_nothing_is_overwritten(labelkit: Command, tmp_path: Path, there: str) -> None:
    draw(tmp_path / "images", ["1.png", "2.png"])
    write_table(tmp_path / "t.csv", [{"file": "1.png", "verdict": "OK"}, {"file": "2.png", "verdict": "NG"}])
    (tmp_path / there).parent.mkdir(exist_ok=True)
    (tmp_path / there).write_text("# mine\n")
    done = labelkit("init", "images", "t.csv", cwd=tmp_path)
    assert done.returncode == 2
    assert Path(there).name in done.stderr
    assert "nothing was written" in done.stderr
    assert (tmp_path / there).read_text() == "# mine\n"
    assert sorted(p.name for p in tmp_path.rglob("*.toml")) == [Path(there).name]


def test_only_images_says_what_to_do_next(labelkit: Command, tmp_path: Path) -> None:
    draw(tmp_path / "my images", ["1.png", "2.png"])
    done = labelkit("init", "my images", cwd=tmp_path)
    assert done.returncode == 0
    assert 'labelkit init "my images" METADATA' in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["my images"]


def test_images_in_class_folders_are_sent_to_the_audit(labelkit: Command, tmp_path: Path) -> None:
    draw(tmp_path / "set", ["GO/1.png", "NG/2.png"])
    assert "labelkit audit set" in labelkit("init", "set", cwd=tmp_path).stderr


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ([], "nothing to look at"),
        (["--demo", "images"], "--demo stands alone"),
        (["t.csv", "images"], "first comes the folder"),
        (["nowhere", "t.csv"], "no such folder"),
        ([".", "t.csv"], "inside the images"),
    ],
)
def test_wrong_usage(labelkit: Command, tmp_path: Path, words: list[str], part: str) -> None:
    draw(tmp_path / "images", ["1.png"])
    (tmp_path / "t.csv").write_text("file,verdict\n1.png,OK\n")
    before = sorted(tmp_path.rglob("*"))
    done = labelkit("init", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert part in done.stderr
    assert sorted(tmp_path.rglob("*")) == before
