"""The wheel in a bare environment, outside the checkout, as a stranger gets it."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from labelkit.version import __version__
from tests.checkout import ROOT, quiet_environment


def run(*words: str | Path, cwd: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        list(map(str, words)),
        cwd=cwd,
        env=quiet_environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=600,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT, cwd=out)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a fresh environment that has the wheel and what it asks for, and nothing else."""
    home = tmp_path_factory.mktemp("bare") / "venv"
    venv.create(home, with_pip=True)
    programs = home / ("Scripts" if sys.platform == "win32" else "bin")
    run(programs / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check", wheel, cwd=home)
    return programs


def test_the_wheel_holds_the_package_its_types_and_the_sample(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {"labelkit/__init__.pyi", "labelkit/py.typed", "labelkit/demo/rules/threshold.py"} <= set(names)
    assert {f"labelkit/reporting/templates/{n}" for n in ("page.html", "page.css", "page.js", "junit.xml")} <= set(
        names
    )
    raw = [n for n in names if n.startswith("labelkit/demo/sample_data/raw/")]
    assert len(raw) == 96
    assert {n.partition("/")[0] for n in names} == {"labelkit", f"labelkit_vision-{__version__}.dist-info"}
    assert not [n for n in names if "__pycache__" in n]
    assert wheel.stat().st_size < 3_000_000


def test_script_and_module_are_the_same_command(bare: Path, tmp_path: Path) -> None:
    said = f"labelkit {__version__}\n"
    assert run(bare / "labelkit", "--version", cwd=tmp_path).stdout == said
    assert run(bare / "python", "-m", "labelkit", "--version", cwd=tmp_path).stdout == said


def test_demo_sort_audit_in_a_bare_environment(bare: Path, tmp_path: Path) -> None:
    labelkit = bare / "labelkit"
    run(labelkit, "init", "--demo", cwd=tmp_path)
    said = run(labelkit, "sort", "--rules", "rules/threshold.py", cwd=tmp_path).stderr
    assert "96 images seen = 93 labeled + 2 abstained + 1 unlisted" in said
    assert len(list((tmp_path / "base_dir" / "GO").iterdir())) == 61
    assert len(list((tmp_path / "base_dir" / "NG").iterdir())) == 32
    assert "index 0 = GO, index 1 = NG" in run(labelkit, "audit", "base_dir", cwd=tmp_path).stderr
    refused = run(labelkit, "train", cwd=tmp_path, code=2)
    assert "TensorFlow" in refused.stderr
    assert 'python -m pip install "labelkit-vision[train]"' in refused.stderr
    assert not (tmp_path / "runs").exists()
    assert "not installed" in run(labelkit, "doctor", cwd=tmp_path).stderr


def test_help_of_every_command_in_a_bare_environment(bare: Path, tmp_path: Path) -> None:
    for name in ("sort", "audit", "train", "predict", "init", "doctor"):
        assert f"labelkit {name}" in run(bare / "labelkit", name, "--help", cwd=tmp_path).stdout
