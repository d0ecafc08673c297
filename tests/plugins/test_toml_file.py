"""Rules files in TOML: what they can say, and how each fault is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from labelkit.domain.errors import RulesError
from labelkit.plugins.expressions.rule import ExpressionRule
from labelkit.plugins.label_column import ColumnRule
from labelkit.plugins.toml_file import TomlRules, load_toml

GOOD = """
labels = ["GO", "NG", 60]
policy = "majority"

[params]
threshold = { default = 80, min = 0, max = 100 }
station = "A2"

[[rule]]
name = "high"
when = "score >= threshold and station == station"
label = "GO"

[[rule]]
name = "sixty"
when = "score == 60"
label = 60
priority = 5

[[rule]]
name = "verdict"
label_from = "verdict"
map = { OK = "GO", "N.G." = "NG" }
"""


def load(folder: Path, text: str | bytes) -> TomlRules:
    path = folder / "line.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_toml(path)


def test_all_that_a_file_can_say(tmp_path: Path) -> None:
    found = load(tmp_path, GOOD)
    assert [r.name for r in found.rules] == ["high", "sixty", "verdict"]
    high, sixty, verdict = found.rules
    assert isinstance(high, ExpressionRule)
    assert high.place == f"{tmp_path}/line.toml:9"
    assert dict(high.parameters) == {"threshold": 80, "station": "A2"}
    assert isinstance(sixty, ExpressionRule)
    assert (sixty.label, sixty.priority) == ("60", 5)
    assert isinstance(verdict, ColumnRule)
    assert verdict.mapping == {"OK": "GO", "N.G.": "NG"}
    assert found.labels == ("GO", "NG", "60")
    assert found.policy == "majority"
    assert found.own_priority == {"sixty"}
    assert [s.full for s in found.parameters] == ["line.threshold", "line.station"]


RULE = '[[rule]]\nname = "a"\nwhen = "score > 1"\nlabel = "GO"\n'


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        ("labels = [\n", ":2", "Invalid value", "nothing was moved"),
        ("x == 1\n" + RULE, ":1", "Invalid value", "1 | x == 1"),
        ("label = ['GO']\n" + RULE, "", "unknown key 'label'", "did you mean 'labels'?"),
        (RULE + 'wen = "x"\n', ":1", "unknown key 'wen'", "did you mean 'when'?"),
        ("labels = ['GO']\n" + RULE + RULE, ":6", "two rules are called 'a'", "another name"),
        ("labels = ['OK', 'NG']\n" + RULE, ":2", "the label 'GO' is not declared", "OK"),
        ("labels = ['G/O']\n" + RULE, "", "the label 'G/O' cannot be a class folder", ""),
        ("labels = 'GO'\n" + RULE, "", "labels must be a list", ""),
        ("labels = ['GO']\n", "", "no rule in this file", "[[rule]]"),
        ("[rule]\nname = 'a'\n", "", "rule must be a list", ""),
        ('[[rule]]\nwhen = "a > 1"\nlabel = "GO"\n', ":1", "a rule needs a name", ""),
        ('[[rule]]\nname = "a"\nwhen = "a > 1"\n', ":1", "needs a label", ""),
        ('[[rule]]\nname = "a"\nlabel = "GO"\n', ":1", "needs either when and label, or label_from", ""),
        ('[[rule]]\nname = "a"\nlabel_from = "v"\nlabel = "GO"\n', ":1", "so it takes no label", "use map"),
        ('[[rule]]\nname = "a"\nwhen = "score >> 1"\nlabel = "GO"\n', ":1", "found '>'", "^"),
        ('[[rule]]\nname = "a"\nwhen = "score > 1 -> GO"\nlabel = "GO"\n', ":1", "no arrow here", "^"),
        (RULE + "priority = 'high'\n", ":1", "priority must be a whole number", ""),
        (RULE + "[params]\nlimit = true\n", ": params.limit", "must be a number or a text, not True", ""),
        (
            RULE + "[params]\nlimit = { default = 5, mn = 1 }\n",
            ": params.limit",
            "unknown key 'mn'",
            "did you mean 'min'?",
        ),
        (RULE + "[params]\nlimit = { default = 5, min = 6 }\n", ": params.limit", "is not between min and max", ""),
        (RULE + "[params]\nlimit = { min = 6 }\n", ": params.limit", "the default must be", ""),
        (RULE + "[params]\n'a b' = 6\n", ": params.a b", "cannot be a parameter's name", ""),
        ("policy = 1\n" + RULE, "", "policy must be a text", ""),
    ],
)
def test_every_fault_has_its_place(tmp_path: Path, text: str, place: str, message: str, hint: str) -> None:
    with pytest.raises(RulesError) as caught:
        load(tmp_path, text)
    assert message in caught.value.message
    assert caught.value.place == f"{tmp_path}/line.toml{place}"
    assert hint in caught.value.remedy


def test_a_file_that_is_not_utf8_says_so(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match="not UTF-8 at byte 2"):
        load(tmp_path, b"# \x8c\n")


def test_hostile_nesting_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RulesError):
        load(tmp_path, "labels = " + "[" * 5_000 + "]" * 5_000)
