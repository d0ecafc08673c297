from __future__ import annotations

import shlex

import pytest

from labelkit.domain.command_line import word


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("base_dir/GO/0001.png", "base_dir/GO/0001.png"),
        ("my folder", '"my folder"'),
        ("検査.png", "検査.png"),
        ("C:\\my line", '"C:\\my line"'),
        ("it's", '"it\'s"'),
        ("costs $5", "'costs $5'"),
        ("", '""'),
    ],
)
def test_words_are_quoted_only_where_they_must_be(text: str, written: str) -> None:
    assert word(text) == written
    assert shlex.split(written) == [text]
