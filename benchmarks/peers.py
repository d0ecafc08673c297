"""Programs to be compared with, each in a virtual environment of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def python_of(venvs: Path, package: str) -> Path:
    """The interpreter of the environment that holds a package; made and filled when it is not there yet.

    Args:
        venvs: the folder of all environments.
        package: as `pip install` takes it; `labelkit` is this checkout, as it is now, freshly built each time.

    Raises:
        subprocess.CalledProcessError: the package could not be installed.

    """
    folder = venvs / package
    python = folder / "bin" / "python"
    if not python.exists():
        _made(folder, python, package)
    elif package == "labelkit":
        _install(python, "--force-reinstall", "--no-deps", str(ROOT))
    return python


def version_in(python: Path, package: str) -> str:
    """The version of an installed package."""
    distribution = "labelkit-vision" if package == "labelkit" else package
    asked = f"from importlib.metadata import version; print(version({distribution!r}))"
    return subprocess.run([python, "-c", asked], capture_output=True, text=True, check=True).stdout.strip()


def _made(folder: Path, python: Path, package: str) -> None:
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    try:
        _install(python, str(ROOT) if package == "labelkit" else package)
    except subprocess.CalledProcessError:
        shutil.rmtree(folder)  # a half-filled environment would be taken for a whole one the next time
        raise


def _install(python: Path, *what: str) -> None:
    subprocess.run([python, "-m", "pip", "install", "--quiet", *what], check=True)
