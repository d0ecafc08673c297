from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.checkout import Command
from tests.flows.scenes import grainy


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for lot in range(5):
        for n in range(6):
            grainy(tmp_path / "set" / ("GO" if n < 4 else "NG") / f"lot{lot}_{n}.png", seed=10 * lot + n)
    return tmp_path


def test_the_table_says_who_has_what_and_the_next_command_runs(labelkit: Command, folder: Path) -> None:
    env = {"LABELKIT_CACHE_DIR": str(folder / "cache")}
    done = labelkit("split", "set", "--group-by", "{lot}_*", "--to", "parts", cwd=folder, env=env)
    assert done.returncode == 0, done.stderr
    told = done.stderr.splitlines()
    assert told[0] == "groups: {lot}_* (5 of 6 images)"
    assert [line.split() for line in told if line.startswith(("train", "validation"))] == [
        ["train", "24", "80.0", "%", "80.0", "%", "16", "80.0", "%", "8", "80.0", "%"],
        ["validation", "6", "20.0", "%", "20.0", "%", "4", "20.0", "%", "2", "20.0", "%"],
    ]
    assert "30 placed in parts (hardlink), 0 there already" in done.stderr
    assert told[-1] == "use it:  labelkit train parts"
    again = labelkit("split", "set", "--json", cwd=folder, env=env)
    found = json.loads(again.stdout)
    assert (found["new"], found["images"], found["placed"]) == (0, 30, None)
    assert "nothing new: all 30 images as recorded" in again.stderr


def test_a_refusal_is_one_object_with_exit_code_2(labelkit: Command, folder: Path) -> None:
    env = {"LABELKIT_CACHE_DIR": str(folder / "cache")}
    done = labelkit("split", "set", "--json", "--to", "set/parts", cwd=folder, env=env)
    assert done.returncode == 2, done.stderr
    error = json.loads(done.stdout)["error"]
    assert error["code"] == 2
    assert "inside set, where every folder becomes a class" in error["message"]
    assert error["remedy"]
    assert not (folder / "set" / "split.csv").exists()


def test_settings_give_ratio_and_groups(labelkit: Command, folder: Path) -> None:
    (folder / "labelkit.toml").write_text('base_dir = "set"\nratio = "0.6,0.2,0.2"\ngroup_by = "{lot}_*"\n')
    env = {"LABELKIT_CACHE_DIR": str(folder / "cache")}
    found = json.loads(labelkit("split", "--dry-run", "--json", cwd=folder, env=env).stdout)
    assert [(s["part"], s["images"]) for s in found["sides"]] == [("train", 18), ("validation", 6), ("test", 6)]
    assert found["groups"] == {"by": "{lot}_*", "source": "pattern", "count": 5, "images": 30, "torn": []}
