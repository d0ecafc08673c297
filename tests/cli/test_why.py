"""`labelkit why` as a person meets it: what is printed where, exit codes, 80 columns, commands that can be pasted."""

from __future__ import annotations

import io
import json
import shlex
from pathlib import Path

import pytest

from labelkit.flows.why import WhyOptions, explain
from labelkit.flows.why_held import held
from labelkit.reporting.console import make_console
from labelkit.reporting.held_console import Settling, show_held
from labelkit.reporting.why_console import show_why
from tests.checkout import Command
from tests.flows.scenes import image


@pytest.fixture
def sorted_sample(labelkit: Command, sample: Path) -> Path:
    done = labelkit("sort", "--rules", "rules/threshold.py", "--rules", "rules/dark.py", cwd=sample)
    assert done.returncode == 0, done.stderr
    assert "the held ones:  labelkit why --held\n" in done.stderr
    return sample


def test_an_image_is_explained_to_people_and_programs(labelkit: Command, sorted_sample: Path) -> None:
    done = labelkit("why", "base_dir/NG/0001.jpg", "--json", cwd=sorted_sample)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)["images"][0]
    assert (told["label"], told["by"], told["name"], told["placed"]) == ("NG", "rule", "by_score", "NG/0001.jpg")
    assert told["votes"][0]["columns"] == {"score": ["77.7"]}
    assert "by_score voted NG: score = 77.7, threshold = 80" in done.stderr
    assert told["votes"][0]["file"]["sha256"][:12] in done.stderr
    hint = next(line for line in done.stderr.splitlines() if "name them to run them: " in line)
    again = labelkit(*shlex.split(hint.partition("run them: labelkit ")[2]), cwd=sorted_sample)
    assert "asked again today, the same rules say NG" in again.stderr


def test_settings_in_the_working_folder_may_name_the_program_those_elsewhere_not(
    labelkit: Command, sorted_sample: Path
) -> None:
    settings = sorted_sample / "labelkit.toml"
    settings.write_text('rules = ["rules/threshold.py", "rules/dark.py"]\nsource = "sample_data/raw"\n')
    assert "the same rules say NG" in labelkit("why", "base_dir/NG/0001.jpg", cwd=sorted_sample).stderr
    (sorted_sample / "below").mkdir()
    done = labelkit("why", "../base_dir/NG/0001.jpg", "--base-dir", "../base_dir", cwd=sorted_sample / "below")
    assert done.returncode == 0
    assert "not asked again: " in done.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["why"], "no image to explain"),
        (["why", "--held", "0001.jpg"], "--held lists every held image"),
        (["why", "0001.jpg", "--csv", "held.csv"], "--csv and --overwrite go with --held"),
        (["why", "--held", "--overwrite"], "--overwrite goes with --csv"),
        (["why", "nobody.jpg"], "no sort has put anything into base_dir"),
        (["why", "--held"], "no such folder: base_dir"),
    ],
)
def test_wrong_usage_ends_with_2(labelkit: Command, tmp_path: Path, words: list[str], told: str) -> None:
    done = labelkit(*words, "--json", cwd=tmp_path)
    assert done.returncode == 2
    assert told in json.loads(done.stdout)["error"]["message"]


def test_held_images_are_listed_written_and_settled_by_the_commands_told(
    labelkit: Command, sorted_sample: Path
) -> None:
    done = labelkit("why", "--held", "--json", cwd=sorted_sample)
    assert done.returncode == 0
    assert [(g["state"], g["count"]) for g in json.loads(done.stdout)["groups"]] == [("abstained", 2), ("unlisted", 1)]
    assert "to settle them:  labelkit why --held --csv held.csv\n" in done.stderr
    done = labelkit("why", "--held", "--csv", "held.csv", cwd=sorted_sample)
    assert "held.csv: 3 rows\nfill in its column verdict, then:  labelkit sort --verdicts held.csv\n" in done.stderr
    table = sorted_sample / "held.csv"
    table.write_bytes(table.read_bytes().replace(b'""\r\n', b'"GO"\r\n'))
    assert labelkit("why", "--held", "--csv", "held.csv", cwd=sorted_sample).returncode == 2
    assert labelkit("sort", "--verdicts", "held.csv", cwd=sorted_sample).returncode == 0
    done = labelkit("why", "--held", cwd=sorted_sample)
    assert (done.returncode, done.stderr) == (0, "no image is held in base_dir\n")


def test_hints_name_another_base_dir_so_that_they_can_be_pasted(labelkit: Command, tmp_path: Path) -> None:
    image(tmp_path / "my raw" / "a.png")
    done = labelkit("sort", "my raw", "--rule", "brightness > 900 -> GO", "--base-dir", "my sorted", cwd=tmp_path)
    hint = next(line for line in done.stderr.splitlines() if line.startswith("the held ones:"))
    assert hint == 'the held ones:  labelkit why --held --base-dir "my sorted"'
    done = labelkit(*shlex.split(hint.partition("labelkit ")[2]), cwd=tmp_path)
    assert "  1 abstained: every rule abstains\n      a.png\n" in done.stderr
    assert 'labelkit sort "my raw" --verdicts held.csv --base-dir "my sorted"' in done.stderr


def test_tables_fit_80_columns(sorted_sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(sorted_sample)
    console = make_console(io.StringIO())
    console.width = 80
    show_why(explain(["base_dir/NG/0001.jpg"], WhyOptions(Path("base_dir"))), console, verbose=False)
    show_held(held(), console, Settling(), verbose=False)
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    too_long = [line for line in lines if len(line) > 80 and not line.startswith("not asked again: ")]
    assert len(lines) > 15
    assert not too_long
