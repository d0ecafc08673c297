from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelkit.domain.names import did_you_mean, label_fault, name_key, nearest, shown


def test_the_nearest_name_is_found_without_case() -> None:
    assert nearest("Scores", ["score", "station"]) == "score"
    assert nearest("zzz", ["score", "station"]) is None
    assert did_you_mean("scor", ["score"]).startswith("did you mean 'score'?")


@pytest.mark.parametrize("label", ["GO", "NG", "60", "不良", "a b", "x.y", "no-good"])
def test_labels_that_can_be_folders(label: str) -> None:
    assert label_fault(label) is None


@pytest.mark.parametrize(
    "label",
    [
        "",
        " ",
        "../x",
        "a/b",
        "a\\b",
        ".hidden",
        "-rf",
        " GO",
        "GO ",
        "GO.",
        "CON",
        "com1.txt",
        "a\nb",
        "a\x1b[31m",
        "x" * 256,
        "a:b",
        "\ud800",
    ],
)
def test_labels_that_cannot_be_folders_everywhere(label: str) -> None:
    assert label_fault(label)


def test_names_meet_without_case_composition_and_trailing_dots() -> None:
    assert name_key("Ä.PNG") == name_key("A\u0308.png")
    assert name_key("a.png. ") == name_key("a.png")


@given(st.text())
def test_shown_text_never_moves_a_terminal(text: str) -> None:
    assert all(c.isprintable() or unicodedata.category(c) == "Zs" for c in shown(text))
