"""Find and read the settings file, as ruff and pytest do: upwards from the working folder, the nearest wins."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from labelkit.domain.errors import SettingsError
from labelkit.domain.settings import settings_faults


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """A settings table and where it stands; paths in it are relative to its folder."""

    path: Path | None = None
    table: dict[str, object] = field(default_factory=dict)


def find_settings(start: Path) -> SettingsFile:
    """The nearest settings at or above `start`: labelkit.toml wins over pyproject.toml in one folder.

    Raises:
        SettingsError: the file is no TOML, or holds unknown or ill-typed settings; all faults at once.

    """
    for folder in [start, *start.parents]:
        if (folder / "labelkit.toml").is_file():
            return read_settings(folder / "labelkit.toml")
        if (folder / "pyproject.toml").is_file():
            found = _from_pyproject(folder / "pyproject.toml")
            if found is not None:
                return _checked(folder / "pyproject.toml", found)
    return SettingsFile()


def read_settings(path: Path) -> SettingsFile:
    """Read one settings file: `[tool.labelkit]` of a pyproject.toml, else the whole file.

    Raises:
        SettingsError: no such file, no TOML, or settings that cannot be used.

    """
    if path.name == "pyproject.toml":
        return _checked(path, _from_pyproject(path) or {})
    return _checked(path, _toml(path))


def _from_pyproject(path: Path) -> dict[str, object] | None:
    tool = _toml(path).get("tool", {})
    table = tool.get("labelkit") if isinstance(tool, dict) else None
    return table if isinstance(table, dict) else None


def _toml(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as e:
        raise SettingsError(f"cannot read the settings: {e.strerror}", place=str(path)) from e
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
        raise SettingsError(f"the settings are no valid TOML: {e}", place=str(path)) from e


def _checked(path: Path, table: dict[str, object]) -> SettingsFile:
    faults = settings_faults(table)
    if faults:
        raise SettingsError(faults[0], place=str(path), remedy="\n".join(faults[1:]))
    return SettingsFile(path, table)
