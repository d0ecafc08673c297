from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

from tests.checkout import Command
from tests.flows.scenes import read_tree

SORT = ("sort", "--rules", "rules/threshold.py")


def test_a_person_takes_two_sorts_back_by_what_the_program_says(labelkit: Command, sample: Path) -> None:
    raw = read_tree(sample / "sample_data")
    for threshold in ("80", "90"):
        assert labelkit(*SORT, "--param", f"threshold={threshold}", cwd=sample).returncode == 0
    shown = labelkit("undo", "--dry-run", cwd=sample)
    assert (shown.returncode, shown.stdout) == (0, "")
    assert re.search(r"dry run: run \S+ would be taken back: 22 images back to the class before", shown.stderr)
    done = labelkit("undo", cwd=sample)
    assert re.search(r"run \S+ is taken back: 22 images back to the class before in \d+\.\d s", done.stderr)
    again = labelkit("undo", cwd=sample)
    assert again.returncode == 0
    assert "is taken back already: nothing was done" in again.stderr
    hint = re.search(r"the sort before it:  labelkit (undo \S+)", again.stderr)
    assert hint
    assert "93 images out of the class folders" in labelkit(*hint[1].split(), cwd=sample).stderr
    assert [p.name for p in (sample / "base_dir").iterdir()] == ["labelkit.db"]
    assert read_tree(sample / "sample_data") == raw


def test_what_is_left_ends_with_4_and_with_the_command_for_the_rest(labelkit: Command, sample: Path) -> None:
    where = sample / "my classes"
    assert labelkit(*SORT, "--base-dir", where, cwd=sample).returncode == 0
    altered = next(iter(sorted((where / "GO").iterdir())))
    good = altered.read_bytes()
    altered.write_bytes(b"drawn over")
    done = labelkit("undo", "--base-dir", "my classes", "--json", cwd=sample)
    told = json.loads(done.stdout)
    assert (done.returncode, told["planned"], told["done"]["withdrawn"], len(told["left"])) == (4, 92, 92, 1)
    assert f"GO/{altered.name} was left" in told["left"][0]["why"]
    hint = re.search(r"labelkit (undo .*)$", done.stderr, re.MULTILINE)
    assert hint
    altered.write_bytes(good)
    rest = labelkit(*shlex.split(hint[1]), cwd=sample)
    assert rest.returncode == 0
    assert "1 image out of the class folders" in rest.stderr
    assert not (where / "GO").exists()


def test_the_list_names_every_run(labelkit: Command, sample: Path) -> None:
    labelkit(*SORT, cwd=sample)
    labelkit("undo", cwd=sample)
    listed = labelkit("undo", "--list", cwd=sample, env={"COLUMNS": "80"})
    told = json.loads(labelkit("undo", "--list", "--json", cwd=sample).stdout)
    sort, undo = (r["run"] for r in told["runs"])
    rows = [" ".join(line.split()) for line in listed.stderr.splitlines()[1:]]
    assert rows == [f"{undo} undo 0 0 93 of {sort[-6:]}", f"{sort} copy 93 0 0 taken back"]


def test_wrong_usage_ends_with_2(labelkit: Command, sample: Path) -> None:
    for words, said in (
        (("undo",), "labelkit sort filled"),
        (("undo", "--list", "--dry-run"), "labelkit undo --list"),
        (("verify", "base_dir", "--base-dir", "base_dir"), "not both"),
    ):
        done = labelkit(*words, cwd=sample)
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    labelkit(*SORT, cwd=sample)
    unknown = labelkit("undo", "20260101-000000-000000", "--json", cwd=sample)
    assert unknown.returncode == 2
    assert json.loads(unknown.stdout)["error"]["message"] == "the ledger knows no run '20260101-000000-000000'"
