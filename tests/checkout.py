"""The checkout that the tests stand in, copies of what its commands need, and the real command as a process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

SAMPLE = ("pyproject.toml", "rules", "sample_data")
"""What the commands of the README need of a checkout."""

Command = Callable[..., "subprocess.CompletedProcess[str]"]
"""`run_labelkit`, as the fixture `labelkit` hands it to tests."""


def copy_sample(to: Path) -> Path:
    """Copy what the commands of the README need into a new folder."""
    to.mkdir()
    for name in SAMPLE:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, to / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, to / name)
    return to


def quiet_environment() -> dict[str, str]:
    """The environment of a plain, uncoloured run with UTF-8 output, where `labelkit` is the one under test."""
    left_out = {"PYTHONWARNINGS", "PYTHONIOENCODING", "FORCE_COLOR", "COLUMNS"}
    kept = {k: v for k, v in os.environ.items() if k not in left_out}
    path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")])
    return kept | {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONUTF8": "1", "NO_COLOR": "1", "PATH": path}


def run_labelkit(
    *words: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None, timeout: float = 300
) -> subprocess.CompletedProcess[str]:
    """Run the real command; never raises on an exit code."""
    return subprocess.run(
        [sys.executable, "-m", "labelkit", *map(str, words)],
        cwd=cwd,
        env=quiet_environment() | dict(env or {}),
        capture_output=True,
        encoding="utf-8",
        errors="backslashreplace",
        timeout=timeout,
        check=False,
    )
