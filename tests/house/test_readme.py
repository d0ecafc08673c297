from __future__ import annotations

import re
from pathlib import Path

import pytest

from labelkit.cli.app import COMMANDS
from tests.checkout import ROOT, copy_sample
from tests.house.readme import README, Block, blocks, run_block, settled

TEXT = README.read_text("utf-8")
BLOCKS = list(blocks(TEXT))
CONSOLE = [b for b in BLOCKS if b.language == "console"]
PYTHON = [b for b in BLOCKS if b.language == "python"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One fresh checkout for all blocks, which follow one another as a reader does."""
    return copy_sample(tmp_path_factory.mktemp("readme") / "checkout")


@pytest.mark.parametrize("block", CONSOLE, ids=[b.commands[0] for b in CONSOLE])
def test_console_blocks_run_and_print_what_stands_there(block: Block, folder: Path) -> None:
    printed = {settled(line) for _, output in run_block(block, folder) for line in output.splitlines()}
    if not block.varies:
        gone = [line for line in block.outputs if settled(line) not in printed]
        assert not gone, f"no longer printed (refresh: python -m tests.house.readme): {gone}"


@pytest.mark.parametrize("block", PYTHON, ids=[b.text.splitlines()[0] for b in PYTHON])
def test_python_blocks_run(block: Block, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)  # after the console blocks: base_dir and runs/latest are there
    exec(compile(block.text, "README.md", "exec"), {"__name__": "readme"})  # noqa: S102 - our own examples


def test_the_rule_shown_is_the_rule_shipped() -> None:
    rule = (ROOT / "rules" / "threshold.py").read_text("utf-8")
    assert any(b.text in rule for b in PYTHON)


def test_there_are_exactly_two_lines_that_set_everything_up() -> None:
    lines = [b.text.strip() for b in BLOCKS if b.language == "sh"]
    assert len(lines) == 2
    assert all("\n" not in line and line.startswith("python3 -m venv .venv && ") for line in lines)
    job, tests = lines
    for part in (".[train]", "sort --rules rules/threshold.py", "audit base_dir", "labelkit train"):
        assert part in job
    assert ".[dev]" in tests
    assert tests.endswith("-m pytest")


def test_ci_runs_these_very_lines() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    for name in ("main", "tests"):
        assert f"readme_line {name}" in script
        found = re.findall(rf"^<!-- ci: {name} -->\n```sh\n(python3 .*)\n```$", TEXT, re.MULTILINE)
        assert len(found) == 1


@pytest.mark.parametrize("name", [c.name for c in COMMANDS])
def test_every_command_stands_in_readme_and_is_run_there(name: str) -> None:
    assert any(re.search(rf"\blabelkit {name}\b", command) for b in CONSOLE for command in b.commands)


def test_exit_codes_are_told() -> None:
    for code in ("0", "1", "2", "3", "4", "130"):
        assert re.search(rf"^\| {code}\b", TEXT, re.MULTILINE)
