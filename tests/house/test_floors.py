"""The house as drawn: import contracts, and the folder list of ARCHITECTURE.md."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from labelkit.cli.app import COMMANDS
from tests.checkout import ROOT, quiet_environment

ORDER = [
    *("sort", "audit", "train", "predict", "evaluate", "adopt", "split", "rules show", "rules analyze", "rules tune"),
    *("metadata check", "why", "verify", "undo", "init", "doctor", "cache info", "cache clear"),
]


def folders() -> list[str]:
    """The folders of the package that hold code, as `labelkit/<name>`."""
    inits = sorted((ROOT / "labelkit").rglob("__init__.py"))
    return [p.parent.relative_to(ROOT).as_posix() for p in inits if p.parent.name != "labelkit"]


def test_import_contracts_hold() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        env=quiet_environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout


def test_architecture_lists_the_folders_that_are_there() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    assert len(text.splitlines()) <= 120
    listed = re.findall(r"^\| `(labelkit/[\w/]+)/` \|", text, re.MULTILINE)
    assert sorted(listed) == folders()


def test_every_folder_has_a_floor() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(c for c in contracts if c["type"] == "layers")["layers"]
    floors = {name.strip() for layer in layers for name in layer.split("|")}
    assert {f.split("/")[1] for f in folders()} <= floors


def test_tests_mirror_the_package() -> None:
    own = {"house", "elpv", "sample_data", "benchmarks", "examples", "faults", "__pycache__"}
    tests = {p.name for p in (ROOT / "tests").iterdir() if p.is_dir()} - own
    assert tests <= {f.split("/")[1] for f in folders()}


def test_commands_come_in_the_order_of_the_work() -> None:
    assert [c.name for c in COMMANDS] == ORDER


def test_ruff_ignores_at_most_fifteen_codes_each_with_a_reason() -> None:
    lines = (ROOT / "pyproject.toml").read_text("utf-8").partition("[tool.ruff.lint]")[2].partition("\n]")[0]
    codes = [line for line in lines.splitlines() if line.strip().startswith('"')]
    assert 0 < len(codes) <= 15
    assert all("#" in line for line in codes)


def test_no_machine_paths_in_the_project() -> None:
    shapes = re.compile(r"/(?:home|root|Users|tmp|work)/\w")
    names = (".py", ".pyi", ".md", ".toml", ".yml")
    hits = [
        f"{p.relative_to(ROOT)}:{i}"
        for top in ("labelkit", "rules", "sample_data", "tests", "benchmarks", "examples")
        for p in sorted((ROOT / top).rglob("*"))
        if p.suffix in names and p != Path(__file__)
        for i, line in enumerate(p.read_text("utf-8").splitlines(), 1)
        if shapes.search(line)
    ]
    assert not hits
