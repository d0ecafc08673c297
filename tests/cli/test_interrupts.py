"""Ctrl-C, a request to end, a terminal that is gone: the real command, stopped at random moments, once and twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from labelkit.domain.placing import LEDGER_NAME, LOCK_NAME, PART_PREFIX
from labelkit.storage.sqlite_ledger import open_ledger
from tests.checkout import Command, quiet_environment
from tests.storage.shares import PRETEND, mounts

IMAGES = 900
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
SHARE = PRETEND + "\nfrom labelkit.cli.app import main\nsys.argv[:2] = ['labelkit']\nmain()\n"


@pytest.fixture
def line(tmp_path: Path) -> Path:
    """Many small images, half of them good."""
    (tmp_path / "raw").mkdir()
    rows = ["file,label"]
    for n in range(IMAGES):
        (tmp_path / "raw" / f"{n}.png").write_bytes(b"\x89PNG\r\n\x1a\n" + str(n).encode() * 300)
        rows.append(f"{n}.png,{'GO' if n % 2 else 'NG'}")
    (tmp_path / "rows.csv").write_text("\n".join([*rows, ""]))
    return tmp_path


WORDS = ["sort", "raw", "--metadata", "rows.csv", "--label-column", "label", "--mode", "move"]


def begun(line: Path, *, share: bool = False) -> subprocess.Popen[str]:
    program = ["-c", SHARE, str(mounts(line, line))] if share else ["-m", "labelkit"]
    return subprocess.Popen(
        [sys.executable, *program, *WORDS],
        cwd=line,
        env=quiet_environment(),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def placing(line: Path, process: subprocess.Popen[str]) -> None:
    """Wait until the first image stands in its class folder."""
    while process.poll() is None and not any((line / "base_dir").glob("*/*.png")):
        time.sleep(0.002)


@pytest.fixture(autouse=True)
def _hang_up_ends_a_process() -> Iterator[None]:
    """Under nohup a hang-up is ignored, by processes begun here as well; these tests speak of those where it is not."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


def where_all_are(line: Path) -> list[str]:
    """Every image by its content, wherever it stands under a name of its own."""
    found = [p for p in line.rglob("*.png") if not p.name.startswith(PART_PREFIX)]
    return sorted(p.read_bytes()[8:].decode() for p in found)


def ends_well(line: Path, labelkit: Command, *, share: bool = False) -> None:
    """The same command again finishes it, and leaves nothing beside images and ledger."""
    if share:
        process = begun(line, share=True)
        told = process.communicate(timeout=120)[1]
        assert process.returncode == 0, told
        assert told.count("is on a network share (nfs4): its locks cannot be relied on; labelkit.lock guards it") == 1
    else:
        done = labelkit(*WORDS, cwd=line)
        assert done.returncode == 0, done.stderr
    for label, odd in (("GO", 1), ("NG", 0)):
        there = {p.name for p in (line / "base_dir" / label).iterdir()}
        assert there == {f"{n}.png" for n in range(IMAGES) if n % 2 == odd}
    assert {p.name for p in (line / "base_dir").iterdir()} == {"GO", "NG", LEDGER_NAME}
    ledger = open_ledger(line / "base_dir", create=False, read_only=True)
    assert len(ledger.placements()) == IMAGES
    assert ledger.intents() == []
    ledger.close()


@pytest.mark.parametrize("number", CODES)
def test_each_signal_ends_it_in_order_and_it_says_how_to_go_on(
    line: Path, labelkit: Command, number: signal.Signals
) -> None:
    before = where_all_are(line)
    with begun(line) as process:
        placing(line, process)
        process.send_signal(number)
        told = process.communicate(timeout=60)[1]
    assert process.returncode == CODES[number]
    assert told.endswith("error: interrupted\n  run the same command again: it goes on from here\n")
    assert "Traceback" not in told
    assert where_all_are(line) == before
    assert not list(line.rglob(f"{PART_PREFIX}*"))
    assert not (line / "base_dir" / LOCK_NAME).exists()
    ends_well(line, labelkit)


@pytest.mark.parametrize("seed", range(3))
def test_a_second_one_harms_nothing(line: Path, labelkit: Command, seed: int) -> None:
    """At a random moment, and a random moment after; one of three on what looks like a share, under a lease."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    before = where_all_are(line)
    with begun(line, share=seed == 0) as process:
        placing(line, process)
        time.sleep(draw.uniform(0, 0.05))
        for wait in (draw.choice([0, 0.001, 0.003, 0.01]), 0):
            process.send_signal(signal.SIGINT)
            time.sleep(wait)
        told = process.communicate(timeout=60)[1]
    assert process.returncode in {130, -signal.SIGINT, 0}
    assert "Traceback" not in told
    assert sorted(set(where_all_are(line))) == before
    ends_well(line, labelkit, share=seed == 0)


def test_what_was_to_be_ignored_still_is(line: Path, labelkit: Command) -> None:
    """As `nohup` starts a command."""
    process = subprocess.Popen(
        [sys.executable, "-m", "labelkit", *WORDS],
        cwd=line,
        env=quiet_environment(),
        stderr=subprocess.DEVNULL,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN) and None,  # noqa: PLW1509 - one thread
    )
    placing(line, process)
    process.send_signal(signal.SIGHUP)
    assert process.wait(timeout=120) == 0
    ends_well(line, labelkit)


def test_a_terminal_that_is_gone_changes_nothing(line: Path, labelkit: Command) -> None:
    """Nobody can be told any more; the exit code says it all the same."""
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "labelkit", *WORDS],
        cwd=line,
        env=quiet_environment(),
        stdin=theirs,
        stderr=theirs,
        text=True,
    )
    os.close(theirs)
    placing(line, process)
    os.close(ours)
    process.send_signal(signal.SIGHUP)
    assert process.wait(timeout=60) in {129, 4}
    ends_well(line, labelkit)


def test_a_command_that_begins_anew_says_so(tmp_path: Path) -> None:
    stopped = (
        "import os, signal, sys\nfrom labelkit.cli.app import main\nfrom labelkit.flows import doctor\n"
        "doctor.doctor = lambda *_, **__: os.kill(os.getpid(), signal.SIGTERM)\n"
        "sys.argv = ['labelkit', 'doctor', '--json']\nmain()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", stopped],
        cwd=tmp_path,
        env=quiet_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 143
    assert done.stderr == "error: interrupted\n  nothing is half done; run the same command again\n"
    assert json.loads(done.stdout)["error"]["code"] == 143
