from __future__ import annotations

import os
from pathlib import Path

import pytest

from labelkit.cli.settings import load_settings
from labelkit.domain.errors import SettingsError


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_the_nearest_table_above_is_found_and_paths_are_seen_from_here(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", '[tool.labelkit]\nsource = "raw"\nclasses = "NG, GO"\n')
    write(tmp_path / "a" / "pyproject.toml", "[project]\nname = 'other'\n")
    here = tmp_path / "a" / "b"
    here.mkdir()
    settings = load_settings(None, here)
    assert settings.paths("source") == [Path(os.pardir, os.pardir, "raw")]
    assert settings.texts("classes") == ["NG", "GO"]


def test_labelkit_toml_wins_in_one_folder(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", '[tool.labelkit]\nmode = "copy"\n')
    write(tmp_path / "labelkit.toml", 'mode = "symlink"\n')
    assert load_settings(None, tmp_path).text("mode") == "symlink"


def test_all_faults_are_told_at_once_with_the_nearest_name(tmp_path: Path) -> None:
    file = write(tmp_path / "labelkit.toml", 'souce = "raw"\nseed = "one"\n')
    with pytest.raises(SettingsError) as caught:
        load_settings(None, tmp_path)
    told = str(caught.value)
    assert "unknown setting 'souce'" in told
    assert "did you mean 'source'" in told
    assert "'seed' must be a whole number, not 'one'" in told
    assert caught.value.place == str(file)
    assert caught.value.exit_code == 2


def test_no_toml_is_told_with_its_place(tmp_path: Path) -> None:
    write(tmp_path / "labelkit.toml", "mode = copy\n")
    with pytest.raises(SettingsError, match="no valid TOML"):
        load_settings(None, tmp_path)


def test_python_rules_come_only_from_settings_in_the_working_folder(tmp_path: Path) -> None:
    write(tmp_path / "labelkit.toml", 'rules = ["rules/own.py", "rules/line.toml"]\n')
    assert load_settings(None, tmp_path).rules() == [Path("rules/own.py"), Path("rules/line.toml")]
    below = tmp_path / "below"
    below.mkdir()
    with pytest.raises(SettingsError, match=r"the program own\.py"):
        load_settings(None, below).rules()


def test_a_settings_file_may_be_named(tmp_path: Path) -> None:
    file = write(tmp_path / "x" / "line3.toml", 'base_dir = "sorted"\n')
    assert load_settings(file, tmp_path).path("base_dir") == Path("x/sorted")
    with pytest.raises(SettingsError, match="cannot read the settings"):
        load_settings(tmp_path / "none.toml", tmp_path)
