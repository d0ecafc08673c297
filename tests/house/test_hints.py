"""Every example in help and every `labelkit ...` that the program prints names commands and options that exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from labelkit.cli.app import COMMANDS, GROUPS
from tests.checkout import ROOT, copy_sample
from tests.cli.leaves import leaves
from tests.house.readme import README, Block, blocks, run_block

_HINT = re.compile(r"(?<![\w./-])labelkit (?=[a-z])(.*)")
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
_PROSE = {
    "passes",
    "that",
    "needs",
    "lets",
    "takes",
    "again",
    "gives",
    "runs",
    "has",
    "reads",
    "does",
    "did",
    "is",
    "for",
    "in",
    "and",
}
"""Words that follow the program's name in a sentence about it."""


def options_of() -> dict[str, set[str]]:
    return {name: {o for p in c.params for o in [*p.opts, *p.secondary_opts]} for name, c in leaves().items()}


OPTIONS = options_of()
EVERY_OPTION = set().union(*OPTIONS.values()) | {"--version", "--help"}


def texts() -> Iterator[tuple[str, str]]:
    """(file:line, text) of every string in the package that is no docstring; f-strings with {} for their holes."""
    for file in sorted((ROOT / "labelkit").rglob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        doc = {id(s.value) for s in ast.walk(tree) if isinstance(s, ast.Expr)}
        inside = {id(part) for s in ast.walk(tree) if isinstance(s, ast.JoinedStr) for part in s.values}
        for node in ast.walk(tree):
            if id(node) in doc or id(node) in inside:
                continue
            text = _text(node)
            if text is not None:
                yield f"{file.relative_to(ROOT)}:{node.lineno}", text  # type: ignore[attr-defined] # expressions have lines


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in node.values)
    return None


def hints() -> list[tuple[str, str]]:
    found = [(place, m[1]) for place, text in texts() for m in _HINT.finditer(text)]
    return [(place, words) for place, words in found if words.split(maxsplit=1)[0].rstrip(",.:;") not in _PROSE]


def name_in(words: str) -> str:
    """The command that the words begin with: two words where the first is that of a group."""
    first, second = [*words.split(maxsplit=2), "", ""][:2]
    first = first.rstrip(",.:;")
    return f"{first} {second.rstrip(',.:;')}" if first in GROUPS else first


def test_there_are_hints_to_check() -> None:
    assert len(hints()) > 10


@pytest.mark.parametrize(("place", "words"), hints(), ids=[f"{p} {w[:30]}" for p, w in hints()])
def test_hints_name_commands_and_options_that_exist(place: str, words: str) -> None:
    name = name_in(words)
    if name.startswith(("{", "[", "--")):
        return
    assert name in OPTIONS, f"{place}: there is no command 'labelkit {name}'"
    unknown = set(_OPTION.findall(words)) - OPTIONS[name]
    assert not unknown, f"{place}: labelkit {name} has no {unknown}"


def test_every_option_named_in_a_message_exists() -> None:
    named = {(place, option) for place, text in texts() for option in _OPTION.findall(text)}
    unknown = sorted((place, option) for place, option in named if option not in EVERY_OPTION)
    assert not unknown


def test_percentages_stand_apart_from_their_sign() -> None:
    """'32 %', and never '32%': what `format` makes of '.0%' too."""
    assert [(place, text) for place, text in texts() if re.search(r"[\d}]%", text)] == []


EXAMPLES = [(c.name, line) for c in COMMANDS for line in c.examples]
SHOWN = {command for block in blocks(README.read_text("utf-8")) for command in block.commands}
TO_RUN = [(name, line) for name, line in EXAMPLES if name not in {"train", "adopt"} or line not in SHOWN]
"""The README's own test runs the slow ones, word for word the same: a training, and what a good model is needed for."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_sample(tmp_path_factory.mktemp("help") / "checkout")


@pytest.mark.parametrize(("name", "line"), TO_RUN, ids=[line for _, line in TO_RUN])
def test_examples_of_the_help_run(name: str, line: str, folder: Path, tmp_path: Path) -> None:
    assert line == f"labelkit {name}" or line.startswith(f"labelkit {name} ")
    here = folder
    if name == "init":  # it is run in a folder of one's own
        here = tmp_path if "--demo" in line else folder / "my_line"
        here.mkdir(exist_ok=True)
    run_block(Block("console", f"$ {line}\n", varies=True, start=0, end=0), here)


@pytest.mark.parametrize("line", [line for _, line in EXAMPLES])
def test_examples_paste_into_every_shell(line: str) -> None:
    assert "'" not in line
    assert not set(line) & set("\\$`^%!\n")
