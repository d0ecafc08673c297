"""The tables of the rules commands fit 80 columns, whatever the rules are called."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

import labelkit
from labelkit.domain.rules_report import RulesAnalysis
from labelkit.reporting.rules_console import show_analysis, show_tuning
from tests.flows.scenes import image, write_table


def told(show: object, width: int) -> list[str]:
    out = io.StringIO()
    assert callable(show)
    show(Console(file=out, width=width, color_system=None))
    return out.getvalue().splitlines()


@pytest.fixture
def report(tmp_path: Path) -> RulesAnalysis:
    for n in range(8):
        image(tmp_path / "raw" / f"{n}.png", seed=n)
    write_table(tmp_path / "m.csv", ["file", "score"], [(f"{n}.png", str(n * 12)) for n in range(8)])
    rule = ["score >= 40 and score is not missing -> GO", "score < 60 -> NG", "score > 90 -> NG"]
    return labelkit.analyze_rules(rule=rule, source=tmp_path / "raw", metadata=tmp_path / "m.csv")


def table_of(lines: list[str]) -> list[str]:
    start = next(i for i, line in enumerate(lines) if line.startswith("j  "))
    return lines[start : start + 4]


def test_the_table_of_rules_fits_80_columns_and_says_all_of_it(report: RulesAnalysis) -> None:
    narrow = table_of(told(lambda c: show_analysis(report, c, verbose=False), 80))
    assert max(map(len, narrow)) <= 80
    assert [line.split()[0] for line in narrow] == ["j", "0", "1", "2"]
    assert "50.0 %" in narrow[1]
    wide = table_of(told(lambda c: show_analysis(report, c, verbose=False), 120))
    assert "no value" in wide[0]
    assert "score < 60 -> NG" in wide[2]


def test_disagreements_and_double_cover_are_told_with_examples(report: RulesAnalysis) -> None:
    lines = told(lambda c: show_analysis(report, c, verbose=False), 120)
    assert any(line.startswith("double cover: score in [40, 60): 1 image, GO by score >= 40") for line in lines)
    assert any(line.endswith("1 image, as 4.png") for line in lines)
    assert not any(line.startswith("gap") for line in lines)


def test_a_grid_of_two_parameters_fits_too(tmp_path: Path) -> None:
    image(tmp_path / "raw" / "a.png")
    (tmp_path / "r.toml").write_text(
        "[params]\nlimit = 50\nside = 'a'\n[[rule]]\nname = 'r'\nwhen = 'brightness > limit'\nlabel = 'GO'\n"
    )
    tuned = labelkit.tune_rules(tmp_path / "r.toml", grid=["limit=0:20:10", "side=a,b"], source=tmp_path / "raw")
    lines = [line for line in told(lambda c: show_tuning(tuned, c), 80) if line.startswith("  ")]
    assert len(lines) == 6
    assert max(map(len, lines)) <= 80
