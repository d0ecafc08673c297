from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelkit.domain.spreadsheet import cell


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("station1/a.png", "station1/a.png"),
        ("=1+1.png", "'=1+1.png"),
        ("-2.png", "'-2.png"),
        ("\uff0b81.png", "'\uff0b81.png"),
        (" =1.png", "' =1.png"),
        ("'=1.png", "''=1.png"),
        ("\t=1.png", "'\\t=1.png"),
        ("a\nb.png", "a\\nb.png"),
        ("\udcff.png", "\\udcff.png"),
        ("it's.png", "it's.png"),
        ("", ""),
    ],
)
def test_cells(text: str, written: str) -> None:
    assert cell(text) == written


@given(st.text(st.characters(), max_size=8))
def test_no_text_is_a_formula_or_breaks_its_line(text: str) -> None:
    written = cell(text)
    first = unicodedata.normalize("NFKC", written.lstrip(" \u00a0\u3000"))[:1]
    assert first not in set("=+-@")
    assert not {"\n", "\r", "\t", "\0", "\x1b"} & set(written)
    assert written.encode().decode() == written
