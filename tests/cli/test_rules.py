"""rules show, analyze, tune and cache as a person meets them: JSON on stdout, nothing written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.checkout import Command
from tests.flows.scenes import read_tree

GOLD = ["--gold", "verdict", "--map", "OK=GO", "--map", "N.G.=NG"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "rules/threshold.py"], "  parameters threshold = 80"),
        (["analyze", "rules/threshold.py", "rules/dark.py", *GOLD], "escape 0.0 %"),
        (["tune", "rules/threshold.py", "--param", "threshold=60:95:5", *GOLD], "default, best"),
    ],
)
def test_each_is_told_in_100_columns_when_piped_and_writes_nothing(
    labelkit: Command, sample: Path, words: list[str], said: str
) -> None:
    before = read_tree(sample)
    done = labelkit("rules", *words, cwd=sample)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert said in done.stderr
    assert max(len(line) for line in done.stderr.splitlines()) <= 100
    assert read_tree(sample) == before


def test_json_alone_is_on_stdout_whatever_a_rule_prints(labelkit: Command, sample: Path) -> None:
    (sample / "loud.py").write_text(
        "from labelkit import labeling_function\n"
        "print('loading')\n"
        "@labeling_function(columns=['score'], labels=['GO', 'NG'])\n"
        "def loud(row):\n"
        "    print('asked')\n"
        "    return 'GO' if row.score >= 80 else 'NG'\n"
    )
    done = labelkit("rules", "analyze", "loud.py", "--json", cwd=sample)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["labels"] == {"GO": 61, "NG": 32}
    assert list(report["timing"]["ms_per_image"]) == ["loud"]
    assert "asked" in done.stderr


def test_a_grid_without_its_parameter_is_wrong_usage(labelkit: Command, sample: Path) -> None:
    done = labelkit("rules", "tune", "rules/threshold.py", "--param", "treshold=1:2:1", cwd=sample)
    assert done.returncode == 2
    assert "did you mean 'threshold'?" in done.stderr


def test_the_cache_is_filled_told_and_cleared(labelkit: Command, sample: Path) -> None:
    env = {"LABELKIT_CACHE_DIR": str(sample / "cache")}
    empty = json.loads(labelkit("cache", "info", "--json", cwd=sample, env=env).stdout)
    assert (empty["values"], empty["bytes_used"]) == (0, 0)
    assert not (sample / "cache").exists()
    labelkit("sort", "--rules", "rules/dark.py", "--dry-run", cwd=sample, env=env)
    full = json.loads(labelkit("cache", "info", "--json", cwd=sample, env=env).stdout)
    assert full["files"] == 96
    assert 90 <= full["values"] <= 96  # copies share one number
    cleared = labelkit("cache", "clear", cwd=sample, env=env)
    assert "freed" in cleared.stderr
    assert not list((sample / "cache").iterdir())
