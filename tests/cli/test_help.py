from __future__ import annotations

import re

import pytest

from labelkit.cli.app import COMMANDS, GROUPS
from labelkit.version import __version__
from tests.checkout import Command
from tests.cli.leaves import groups, leaves

LEAVES = leaves()
NAMES = [c.name for c in COMMANDS]


def test_help_lists_every_command(labelkit: Command) -> None:
    done = labelkit("--help")
    assert done.returncode == 0
    firsts = dict.fromkeys(name.partition(" ")[0] for name in NAMES)
    assert re.findall(r"^│ ([a-z]+)  ", done.stdout, re.MULTILINE) == list(firsts)


def test_names_of_two_words_stand_in_groups_that_say_what_they_are_for(labelkit: Command) -> None:
    assert list(groups()) == list(GROUPS)
    for first in GROUPS:
        alone, asked = labelkit(first), labelkit(first, "--help")
        assert alone.stdout == asked.stdout
        assert alone.returncode == asked.returncode == 0
        second = [name.partition(" ")[2] for name in NAMES if name.startswith(f"{first} ")]
        assert re.findall(r"^│ ([a-z]+)  ", asked.stdout, re.MULTILINE) == second
        assert GROUPS[first] in " ".join(asked.stdout.split())


@pytest.mark.parametrize("name", NAMES)
def test_every_command_and_option_has_help_and_an_example(name: str) -> None:
    found = LEAVES[name]
    assert found.help
    assert f"labelkit {name}" in (found.epilog or "")
    for parameter in found.params:
        assert getattr(parameter, "help", None), f"{name}: {parameter.name} has no help"


@pytest.mark.parametrize("name", NAMES)
def test_examples_stand_one_a_line(labelkit: Command, name: str) -> None:
    said = [line.strip() for line in labelkit(*name.split(), "--help", env={"COLUMNS": "100"}).stdout.splitlines()]
    examples = next(c.examples for c in COMMANDS if c.name == name)
    for example in examples:
        assert example in said


@pytest.mark.parametrize("name", NAMES)
def test_written_defaults_are_not_eaten_by_markup(labelkit: Command, name: str) -> None:
    """`[default: x]` in a help text looks like markup; it must be read all the same."""
    said = " ".join(labelkit(*name.split(), "--help").stdout.replace("│", " ").split())
    for parameter in LEAVES[name].params:
        text = getattr(parameter, "help", None) or ""
        written = re.search(r"\[default: ([^\]]+)\]", text)
        if written:
            assert " ".join(written[1].split()) in said, f"{name}: {parameter.name}"


@pytest.mark.parametrize("name", NAMES)
def test_common_options_are_everywhere(name: str) -> None:
    options = {o for p in LEAVES[name].params for o in p.opts}
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


@pytest.mark.parametrize("words", [["--version"], *([*name.split(), "--version"] for name in NAMES)])
def test_every_command_tells_the_version(labelkit: Command, words: list[str]) -> None:
    done = labelkit(*words)
    assert (done.returncode, done.stdout) == (0, f"labelkit {__version__}\n")
