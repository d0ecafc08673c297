"""Rules files in Python: every fault names the line of the person's own file, and nothing else is run."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from labelkit.domain.errors import RulesError
from labelkit.domain.labeling import ABSTAIN
from labelkit.plugins.python_file import PythonRules, load_python, read_python_file

GOOD = """from labelkit import ABSTAIN, feature, labeling_function

@feature
def edges(gray):
    return float(gray.std())

@labeling_function(columns=["score"], labels=["GO", "NG"], priority=7)
def by_score(row, edges, *, threshold: float = 80, mode="x"):
    return "GO" if row.score >= threshold else "NG"

@labeling_function
def shy(row):
    return ABSTAIN
"""


def load(folder: Path, text: str | bytes, name: str = "rules.py") -> PythonRules:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_python(read_python_file(path))


def refused(folder: Path, text: str | bytes) -> RulesError:
    with pytest.raises(RulesError) as caught:
        load(folder, text)
    assert caught.value.exit_code == 2
    return caught.value


def test_functions_and_features_are_found_in_order(tmp_path: Path) -> None:
    found = load(tmp_path, GOOD)
    assert list(found.functions) == ["by_score", "shy"]
    assert list(found.features) == ["edges"]
    by_score = found.functions["by_score"]
    assert (by_score.columns, by_score.labels, by_score.priority) == (("score",), ("GO", "NG"), 7)
    assert by_score.features == ("edges",)
    assert by_score.parameters == {"threshold": 80.0, "mode": "x"}
    assert by_score.place == f"{tmp_path}/rules.py:7"
    assert found.functions["shy"](None) is ABSTAIN


def test_the_path_is_told_as_from_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules").mkdir()
    found = load(tmp_path / "rules", GOOD)
    assert found.functions["by_score"].place == "rules/rules.py:7"


def test_the_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "rules.py").write_text(GOOD)
    file = read_python_file(tmp_path / "rules.py")
    assert file.sha256 == hashlib.sha256(GOOD.encode()).hexdigest()


def test_a_syntax_error_shows_its_line_and_runs_nothing(tmp_path: Path) -> None:
    proof = tmp_path / "ran"
    error = refused(tmp_path, f"open({str(proof)!r}, 'w')\n\ndef f(row)\n    return 1\n")
    assert error.place == f"{tmp_path}/rules.py:3"
    assert error.message == "expected ':'"
    assert error.remedy == "  3 | def f(row)\nnothing was moved"
    assert not proof.exists()


@pytest.mark.parametrize("text", [b"x = '\xff'", b"x = \x00", b"x = " + b"(" * 500 + b")" * 500])
def test_what_is_no_python_at_all_is_told_too(tmp_path: Path, text: bytes) -> None:
    assert refused(tmp_path, text).place.startswith(f"{tmp_path}/rules.py")


def test_an_exception_while_the_file_runs_names_the_persons_own_line(tmp_path: Path) -> None:
    error = refused(tmp_path, "import json\n\ndef read():\n    return json.loads('{')\n\nread()\n")
    assert error.place == f"{tmp_path}/rules.py:4"
    assert "JSONDecodeError" in error.message
    assert "return json.loads('{')" in error.remedy


def test_a_missing_package_is_said_with_the_interpreter(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("")
    error = refused(tmp_path, "import beside\n")
    assert error.place == f"{tmp_path}/rules.py:1"
    assert "'beside' is no installed package" in error.remedy
    assert sys.executable in error.remedy


@pytest.mark.parametrize(
    "text", ["raise SystemExit(0)\n", "import sys\nsys.exit('no')\n", "class E(BaseException): ...\nraise E\n"]
)
def test_a_file_that_wants_to_end_the_program_is_a_faulty_file(tmp_path: Path, text: str) -> None:
    assert refused(tmp_path, text).place.startswith(f"{tmp_path}/rules.py:")


def test_a_file_without_labeling_functions_says_what_to_write(tmp_path: Path) -> None:
    error = refused(tmp_path, "def by_score(row):\n    return 'GO'\n")
    assert error.message == "no labeling function in this file"
    assert "@labeling_function" in error.remedy


TWICE = """from labelkit import labeling_function as lf
@lf
def a(row): return "GO"
@lf
def a(row): return "NG"
"""
TWICE_BY_NAME = """from labelkit import labeling_function
@labeling_function(name="x")
def a(row): return "GO"
@labeling_function(name="x")
def b(row): return "NG"
"""


@pytest.mark.parametrize(("text", "first", "second"), [(TWICE, 3, 5), (TWICE_BY_NAME, 2, 4)])
def test_the_same_name_twice_names_both_places(tmp_path: Path, text: str, first: int, second: int) -> None:
    error = refused(tmp_path, text)
    assert f"{tmp_path}/rules.py:{first} and {tmp_path}/rules.py:{second}" in error.message


def test_a_fault_of_a_decorator_is_told_at_the_function(tmp_path: Path) -> None:
    error = refused(
        tmp_path, "from labelkit import labeling_function\n\n@labeling_function\ndef a(*rows): return 'GO'\n"
    )
    assert error.place == f"{tmp_path}/rules.py:3"


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match="no such rules file"):
        read_python_file(tmp_path / "nowhere.py")


def test_loading_leaves_the_search_path_alone_and_files_of_one_name_apart(tmp_path: Path) -> None:
    before = list(sys.path)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        head = "from labelkit import labeling_function\n"
        text = f"{head}@labeling_function(labels=['{name}'])\ndef f(row): return '{name}'\n"
        assert load(tmp_path / name, text).functions["f"].labels == (name,)
    assert sys.path == before


def test_dataclasses_and_future_annotations_work_in_a_rules_file(tmp_path: Path) -> None:
    text = (
        "from __future__ import annotations\nfrom dataclasses import dataclass\n"
        "from labelkit import labeling_function\n@dataclass\nclass Limits:\n    low: float = 1.0\n"
        "@labeling_function\ndef f(row, *, low: float = 3): return 'GO' if Limits(low).low else 'NG'\n"
    )
    function = load(tmp_path, text).functions["f"]
    assert function.parameters == {"low": 3.0}
    assert isinstance(function.parameters["low"], float)
    assert function(None) == "GO"


def test_a_warning_of_the_compiler_is_nobodys_business(tmp_path: Path) -> None:
    assert load(tmp_path, GOOD + "PATTERN = '\\d'\n").functions


def test_other_encodings_are_read_as_python_reads_them(tmp_path: Path) -> None:
    text = "# -*- coding: cp932 -*-\n" + GOOD.replace('"NG"', '"不良"')
    assert load(tmp_path, text.encode("cp932")).functions["by_score"].labels == ("GO", "不良")
    assert load(tmp_path, b"\xef\xbb\xbf" + GOOD.encode(), "bom.py").functions
