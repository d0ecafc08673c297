"""Settings as commands ask for them: typed, with paths made relative to the working folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from labelkit.domain.errors import SettingsError
from labelkit.storage.settings_file import SettingsFile, find_settings, read_settings


@dataclass(frozen=True, slots=True)
class Settings:
    """The values of one settings file; each getter answers None (or nothing) where the key is not set."""

    file: SettingsFile
    working_folder: Path

    def text(self, key: str) -> str | None:
        """A text."""
        value = self.file.table.get(key)
        return value if isinstance(value, str) else None

    def texts(self, key: str) -> list[str]:
        """A list of texts; a single text is a list of one, a comma separates."""
        value = self.file.table.get(key)
        if isinstance(value, str):
            return [part.strip() for part in value.split(",")]
        return [str(v) for v in value] if isinstance(value, list) else []

    def integer(self, key: str) -> int | None:
        """A whole number."""
        value = self.file.table.get(key)
        return value if isinstance(value, int) else None

    def number(self, key: str) -> float | None:
        """A number."""
        value = self.file.table.get(key)
        return float(value) if isinstance(value, (int, float)) else None

    def mapping(self, key: str) -> dict[str, str]:
        """A table of texts."""
        value = self.file.table.get(key)
        return {str(k): str(v) for k, v in value.items()} if isinstance(value, dict) else {}

    def tables(self, key: str) -> dict[str, object]:
        """Tables by name, as `[tool.labelkit.columns.score]`."""
        value = self.file.table.get(key)
        return dict(value) if isinstance(value, dict) else {}

    def path(self, key: str) -> Path | None:
        """A path, seen from the working folder."""
        value = self.text(key)
        return None if value is None else self._from_here(value)

    def paths(self, key: str) -> list[Path]:
        """A list of paths, seen from the working folder."""
        value = self.file.table.get(key)
        given = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        return [self._from_here(str(v)) for v in given]

    def rules(self) -> list[Path]:
        """Rules files; Python ones only from a settings file in the working folder itself, for they are programs.

        Raises:
            SettingsError: a Python rules file named by a settings file elsewhere.

        """
        paths = self.paths("rules")
        foreign = self.file.path is not None and self.file.path.parent != self.working_folder
        programs = [p for p in paths if p.suffix == ".py"]
        if foreign and programs:
            raise SettingsError(
                f"'rules' names the program {programs[0].name}, and these settings are not in the working folder",
                place=str(self.file.path),
                remedy=f'name it on the command line: --rules "{programs[0]}"',
            )
        return paths

    def _from_here(self, value: str) -> Path:
        folder = self.file.path.parent if self.file.path is not None else self.working_folder
        whole = os.path.abspath(folder / value)  # noqa: PTH100 - resolve() would follow links
        try:
            return Path(os.path.relpath(whole, self.working_folder))
        except ValueError:  # another drive, on Windows
            return Path(whole)


def load_settings(given: Path | None, working_folder: Path) -> Settings:
    """The settings of `--config`, else the nearest at or above the working folder.

    Raises:
        SettingsError: a file that cannot be used; all faults at once.

    """
    found = read_settings(given.absolute()) if given is not None else find_settings(working_folder)
    return Settings(found, working_folder)
