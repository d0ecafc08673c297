from __future__ import annotations

import io
import json
import platform
from importlib import metadata
from pathlib import Path

import pytest
from rich.console import Console

from labelkit.domain.surroundings import PackageState
from labelkit.flows.doctor import doctor
from labelkit.reporting.doctor_console import show_doctor
from labelkit.reporting.doctor_json import doctor_json
from labelkit.storage import file_systems, installed
from tests.checkout import Command
from tests.storage.shares import mounts


def test_versions_decoders_space_and_cores(labelkit: Command, tmp_path: Path) -> None:
    done = labelkit("doctor", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["schema"] == 1
    assert told["python"] == platform.python_version()
    packages = {p["name"]: p for p in told["packages"]}
    assert {"pillow", "numpy", "pandas", "loky", "rich", "typer", "tensorflow", "keras", "scipy", "matplotlib"} <= set(
        packages
    )
    assert packages["numpy"]["version"] == metadata.version("numpy")
    assert [c["name"] for c in told["codecs"]] == ["JPEG", "PNG", "TIFF", "WEBP", "AVIF"]
    assert told["cores"] >= 1
    assert told["base_dir"]["bytes_free"] > 0
    assert told["base_dir"]["exists"] is False
    assert told["settings"]["file"] is None


def test_people_read_the_same(labelkit: Command, tmp_path: Path) -> None:
    said = labelkit("doctor", cwd=tmp_path).stderr
    assert metadata.version("pillow") in said
    assert "free" in said
    assert "settings: none" in said


def test_settings_that_point_to_nothing_are_named(labelkit: Command, tmp_path: Path) -> None:
    (tmp_path / "labelkit.toml").write_text('source = "imagez"\nbase_dir = "later"\n')
    done = labelkit("doctor", "--json", cwd=tmp_path)
    told = json.loads(done.stdout)
    assert [(m["key"], m["path"]) for m in told["settings"]["missing"]] == [("source", "imagez")]
    assert "imagez" in done.stderr


def test_no_package_is_imported_to_tell_its_version(labelkit: Command, tmp_path: Path) -> None:
    done = labelkit("doctor", cwd=tmp_path, env={"PYTHONPROFILEIMPORTTIME": "1"})
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert "labelkit.cli.app" in imported
    assert not imported & {"tensorflow", "keras", "pandas", "matplotlib", "scipy"}


def test_missing_and_old_packages_come_with_the_install_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    versions = {"tensorflow": None, "numpy": "1.20.3"}
    real = installed.version_of
    monkeypatch.setattr(installed, "version_of", lambda name: versions[name] if name in versions else real(name))
    found = doctor(tmp_path, settings_file=None, paths={})
    said = "\n".join(found.remedies)
    assert "tensorflow is missing or too old: python -m pip install " in said
    assert '[train]"' in said
    assert "labelkit needs numpy" in said


@pytest.mark.parametrize(
    ("kind", "holds", "said"),
    [
        ("ext4", True, "file system: ext4; its locks can be relied on"),
        ("cifs", False, "file system: cifs, a network share; its locks cannot be relied on"),
        (None, None, "file system: cannot be told; a sort tries whether it has locks"),
    ],
)
def test_the_file_system_and_whether_its_locks_hold(
    kind: str | None, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, holds: bool | None
) -> None:
    listed = mounts(tmp_path, tmp_path, kind) if kind else tmp_path / "none"
    monkeypatch.setattr(file_systems, "MOUNTINFO", str(listed))
    found = doctor(tmp_path / "base", settings_file=None, paths={})
    screen = io.StringIO()
    show_doctor(found, Console(file=screen, width=200))
    assert said in screen.getvalue()
    told = doctor_json(found)["base_dir"]
    assert isinstance(told, dict)
    assert (told["file_system"], told["locks_hold"]) == (kind, holds)


@pytest.mark.parametrize(
    ("needs", "version", "fits"),
    [
        (">=2.2", "2.10.1", True),
        (">=2.2", "2.2", True),
        (">=2.2", "2.1.9", False),
        (">=2.2,<3", "2.3rc1", True),
        (">=2.2", None, False),
        ("", "0.1", True),
    ],
)
def test_versions_compare_as_numbers(needs: str, version: str | None, *, fits: bool) -> None:
    assert PackageState("p", needs, "", version).fits is fits
