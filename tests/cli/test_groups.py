from __future__ import annotations

import re

import pytest
import typer
from typer.testing import CliRunner

from labelkit.cli.command import Outcome, Shared, command
from labelkit.cli.groups import command_tree


@command("melt", examples=("labelkit melt",))
def melt(_shared: Shared) -> Outcome:
    """Melt it."""
    return Outcome({"said": "melted"}, lambda _console: None)


@command("ore wash", examples=("labelkit ore wash",))
def ore_wash(_shared: Shared) -> Outcome:
    """Wash the ore."""
    return Outcome({"said": "washed"}, lambda _console: None)


@command("ore weigh", examples=("labelkit ore weigh",))
def ore_weigh(_shared: Shared) -> Outcome:
    """Weigh the ore."""
    return Outcome({"said": "weighed"}, lambda _console: None)


@pytest.fixture
def tree() -> typer.Typer:
    return command_tree((ore_wash, melt, ore_weigh), name="mine", about="Dig.", groups={"ore": "What is dug."})


def test_two_words_call_their_command_and_one_word_its_own(tree: typer.Typer) -> None:
    for words, said in (("ore wash", "washed"), ("ore weigh", "weighed"), ("melt", "melted")):
        done = CliRunner().invoke(tree, [*words.split(), "--json"])
        assert (done.exit_code, done.stdout) == (0, f'{{"said": "{said}"}}\n')


def test_help_keeps_the_order_given_and_says_what_a_group_is_for(tree: typer.Typer) -> None:
    def lines(*words: str) -> list[str]:
        return re.findall(r"^│ ([a-z]+ +[A-Z].*?) +│", CliRunner().invoke(tree, words).stdout, re.MULTILINE)

    assert lines("--help") == ["ore   What is dug.", "melt  Melt it."]
    assert lines("ore") == lines("ore", "--help") == ["wash   Wash the ore.", "weigh  Weigh the ore."]


def test_an_unknown_second_word_is_wrong_usage(tree: typer.Typer) -> None:
    done = CliRunner().invoke(tree, ["ore", "wsah"])
    assert done.exit_code == 2
    assert "wsah" in done.stderr
