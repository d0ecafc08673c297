from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import resource
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.checkout import Command, quiet_environment
from tests.flows.scenes import read_tree

RULES = ("sort", "--rules", "rules/threshold.py")


def test_the_sample_is_sorted_as_the_readme_says_and_again_moves_nothing(sample: Path, labelkit: Command) -> None:
    first = labelkit(*RULES, cwd=sample)
    assert first.returncode == 0, first.stderr
    assert first.stdout == ""
    assert "96 images seen = 93 labeled + 2 abstained + 1 unlisted; 1 row has no file" in first.stderr
    assert "93 images stand in base_dir (copied 93, already there 0)" in first.stderr
    before = read_tree(sample / "base_dir")
    second = labelkit(*RULES, cwd=sample)
    assert "nothing moved: 93 images already in base_dir" in second.stderr
    assert {k: v for k, v in read_tree(sample / "base_dir").items() if k != "labelkit.db"} == {
        k: v for k, v in before.items() if k != "labelkit.db"
    }


def test_score_classes_sort_into_60_and_100(sample: Path, labelkit: Command) -> None:
    done = labelkit("sort", "--rules", "rules/score_classes.py", "--json", cwd=sample)
    assert json.loads(done.stdout)["labels"] == {"100": 61, "60": 32}


def test_json_is_one_ascii_object_with_the_contracts_keys(sample: Path, labelkit: Command) -> None:
    done = labelkit(*RULES, "--json", "--dry-run", cwd=sample)
    told = json.loads(done.stdout)
    assert done.stdout.isascii()
    assert len(done.stdout.splitlines()) == 1
    assert told["files"] == {"seen": 96, "not_image": 0, "skipped": 0}
    assert told["states"] == {
        "labeled": 93, "abstained": 2, "conflict": 0, "error": 0, "unlisted": 1, "missing": 1
    }  # fmt: skip
    assert (told["planned"], len(told["plan"]), told["done"]) == (93, 93, 0)
    [rule] = told["rules"]
    assert (rule["name"], rule["polarity"], rule["decided"], rule["no_value"]) == ("by_score", ["GO", "NG"], 93, 3)
    assert {p["state"] for p in told["problems"]} == {"abstained", "unlisted", "missing"}
    assert not (sample / "base_dir").exists()


def test_output_writes_the_same_object_into_a_file(sample: Path, labelkit: Command) -> None:
    done = labelkit(*RULES, "--output", "told.json", cwd=sample)
    assert done.stdout == ""
    assert json.loads((sample / "told.json").read_text())["labels"] == {"GO": 61, "NG": 32}


def test_strict_makes_held_images_a_finding(sample: Path, labelkit: Command) -> None:
    assert labelkit(*RULES, "--strict", cwd=sample).returncode == 1


@pytest.mark.parametrize(
    ("first", "labels"), [("--rule", {"GO": 93, "NG": 1, "OK": 1}), ("--label-column", {"GO": 0, "NG": 33, "OK": 62})]
)
def test_what_is_given_first_has_the_highest_priority(
    sample: Path, labelkit: Command, first: str, labels: dict[str, int]
) -> None:
    rule = ["--rule", "score >= 0 -> GO"]
    column = ["--label-column", "verdict", "--map", "OK=OK", "--map", "N.G.=NG"]
    words = [*rule, *column] if first == "--rule" else [*column, *rule]
    done = labelkit("sort", *words, "--dry-run", "--json", cwd=sample)
    assert json.loads(done.stdout)["labels"] == labels


BAD: dict[str, tuple[list[str], int, list[str]]] = {
    "no such folder": (["nowhere", "--rule", "score > 1 -> GO"], 2, ["no such folder: nowhere"]),
    "no metadata": (["--metadata", "m.csv", "--rule", "score > 1 -> GO"], 3, ["m.csv", "no such metadata file"]),
    "unknown column in an expression": (["--rule", "scores > 1 -> GO"], 2, ["'scores'", "did you mean 'score'"]),
    "unknown label column": (["--label-column", "verdit"], 3, ["'verdit'", "did you mean 'verdict'"]),
    "unknown parameter": (["--rules", "rules/threshold.py", "--param", "treshold=1"], 2, ["'treshold'", "threshold"]),
    "wrong type": (["--rules", "rules/threshold.py", "--param", "threshold=high"], 2, ["threshold", "high"]),
    "unknown option": (["--rulez", "x"], 2, ["--rulez"]),
    "unknown mode": ([*RULES[1:], "--mode", "cpoy"], 2, ["did you mean 'copy'"]),
    "target inside source": ([*RULES[1:], "--base-dir", "sample_data/raw/x"], 2, ["target inside source"]),
    "no rule": (["sample_data/raw"], 2, ["--rules FILE"]),
    "unmapped verdict": (["--label-column", "verdict", "--map", "OK=GO"], 3, ["'N.G.'", "--map"]),
    "empty table": (["--metadata", "empty.csv", *RULES[1:]], 3, ["empty.csv", "no rows"]),
    "syntax error": (["--rules", "broken.py"], 2, ["broken.py:4", "nothing was moved"]),
    "wrong label": (["--rules", "wrong.py"], 3, ["wrong", "Go", "GO"]),
    "rules file without a rule": (["--rules", "nothing.py"], 2, ["nothing.py", "labeling function"]),
    "column that is not there": (["--rules", "columns.py"], 3, ["'scores'", "did you mean 'score'", "columns.py"]),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_clear_error_and_nothing_is_made(sample: Path, labelkit: Command, case: str) -> None:
    head = "from labelkit import labeling_function\n\n"
    (sample / "empty.csv").write_text("file,score\n")
    (sample / "broken.py").write_text(head + "@labeling_function(columns=['score'])\ndef f(row)\n    return 'GO'\n")
    (sample / "wrong.py").write_text(
        head + "@labeling_function(columns=['score'], labels=['GO', 'NG'])\ndef wrong(row):\n    return 'Go'\n"
    )
    (sample / "nothing.py").write_text("x = 1\n")
    (sample / "columns.py").write_text(
        head + "@labeling_function(columns=['scores'], labels=['GO'])\ndef f(row):\n    return 'GO'\n"
    )
    words, code, expected = BAD[case]
    done = labelkit("sort", *words, "--json", cwd=sample)
    assert done.returncode == code, done.stderr
    error = json.loads(done.stdout)["error"]
    assert error["code"] == code
    for part in expected:
        assert part in done.stderr
    assert "Traceback" not in done.stderr
    assert not (sample / "base_dir").exists()


def test_an_unknown_setting_is_an_error_with_the_nearest_name(sample: Path, labelkit: Command) -> None:
    (sample / "labelkit.toml").write_text('souce = "sample_data/raw"\n')
    done = labelkit(*RULES, cwd=sample)
    assert done.returncode == 2
    assert "did you mean 'source'" in done.stderr


def test_debug_shows_the_traceback(sample: Path, labelkit: Command) -> None:
    done = labelkit("sort", "nowhere", *RULES[1:], "--debug", cwd=sample)
    assert "Traceback" in done.stderr
    assert "no such folder" in done.stderr


@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "ascii"])
def test_every_terminal_is_written_to_in_its_own_encoding(sample: Path, encoding: str) -> None:
    raw = sample / "sample_data" / "raw" / "station1"
    os.rename(raw / "0017.png", raw / "検査\x1b[31m0017.png")  # noqa: PTH104 - the name is hostile on purpose
    done = subprocess.run(
        [sys.executable, "-m", "labelkit", *RULES, "--verbose"],
        cwd=sample,
        env={**quiet_environment(), "PYTHONUTF8": "0", "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = done.stderr.decode(encoding)
    assert "\x1b" not in told
    assert "\\x1b[31m0017.png" in told


def test_nothing_is_wider_than_80_columns_on_a_terminal_of_80(sample: Path) -> None:
    primary, secondary = pty.openpty()
    fcntl.ioctl(secondary, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    with subprocess.Popen(
        [sys.executable, "-m", "labelkit", *RULES], cwd=sample, env=quiet_environment(), stderr=secondary
    ) as process:
        os.close(secondary)
        told = _read_all(primary)
    assert process.returncode == 0, told
    table = [line for line in told.splitlines() if line.startswith(("GO", "NG", "held", "label"))]
    assert len(table) == 4
    assert all(len(line) <= 80 for line in table)


def _read_all(terminal: int) -> str:
    """All that is written to a terminal until the program at its other end has closed it."""
    out = b""
    while True:
        try:
            out += (part := os.read(terminal, 4096))
        except OSError:
            break
        if not part:
            break
    os.close(terminal)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", out.decode())


def _cpu(function: Callable[[], object]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    function()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def test_the_samples_sort_feels_instant(sample: Path, labelkit: Command) -> None:
    """CPU seconds, the best of three, so that a busy machine does not decide."""
    best = min(_cpu(lambda: labelkit(*RULES, cwd=sample)) for _ in range(3))
    assert best < 1.5


def test_an_interrupted_sort_says_how_to_go_on_and_the_same_command_finishes(sample: Path, labelkit: Command) -> None:
    (sample / "slow.py").write_text(
        "import pathlib, time\nfrom labelkit import labeling_function\n\n\n"
        "@labeling_function(columns=['score'])\ndef slow(row):\n"
        "    pathlib.Path('begun').touch()\n    time.sleep(0.5)\n    return 'GO'\n"
    )
    with subprocess.Popen(
        [sys.executable, "-m", "labelkit", "sort", "--rules", "slow.py"],
        cwd=sample,
        env=quiet_environment(),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while not (sample / "begun").exists():
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in told
    assert "Traceback" not in told
    assert labelkit(*RULES, cwd=sample).returncode == 0
