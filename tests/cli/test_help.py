from __future__ import annotations

import re

import pytest
import typer

from labelkit.cli.app import COMMANDS, app
from labelkit.version import __version__
from tests.checkout import Command

GROUP = typer.main.get_group(app)
NAMES = [c.name for c in COMMANDS]


def test_help_lists_every_command(labelkit: Command) -> None:
    done = labelkit("--help")
    assert done.returncode == 0
    assert re.findall(r"^│ ([a-z]+)  ", done.stdout, re.MULTILINE) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_command_and_option_has_help_and_an_example(name: str) -> None:
    found = GROUP.commands[name]
    assert found.help
    assert f"labelkit {name}" in (found.epilog or "")
    for parameter in found.params:
        assert getattr(parameter, "help", None), f"{name}: {parameter.name} has no help"


@pytest.mark.parametrize("name", NAMES)
def test_examples_stand_one_a_line(labelkit: Command, name: str) -> None:
    said = [line.strip() for line in labelkit(name, "--help", env={"COLUMNS": "100"}).stdout.splitlines()]
    examples = next(c.examples for c in COMMANDS if c.name == name)
    for example in examples:
        assert example in said


@pytest.mark.parametrize("name", NAMES)
def test_written_defaults_are_not_eaten_by_markup(labelkit: Command, name: str) -> None:
    """`[default: x]` in a help text looks like markup; it must be read all the same."""
    said = " ".join(labelkit(name, "--help").stdout.replace("│", " ").split())
    for parameter in GROUP.commands[name].params:
        text = getattr(parameter, "help", None) or ""
        written = re.search(r"\[default: ([^\]]+)\]", text)
        if written:
            assert " ".join(written[1].split()) in said, f"{name}: {parameter.name}"


@pytest.mark.parametrize("name", NAMES)
def test_common_options_are_everywhere(name: str) -> None:
    options = {o for p in GROUP.commands[name].params for o in p.opts}
    assert {"--base-dir", "--json", "--output", "--jobs", "--config", "--quiet", "--verbose", "--debug"} <= options


def test_unknown_command_exits_2(labelkit: Command) -> None:
    done = labelkit("srot")
    assert done.returncode == 2
    assert "srot" in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "cp932"])
def test_help_can_be_printed_in_any_encoding(labelkit: Command, encoding: str) -> None:
    done = labelkit("sort", "--help", env={"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"})
    assert done.returncode == 0
    assert "--rules" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [["--version"], *([name, "--version"] for name in NAMES)])
def test_every_command_tells_the_version(labelkit: Command, words: list[str]) -> None:
    done = labelkit(*words)
    assert (done.returncode, done.stdout) == (0, f"labelkit {__version__}\n")
