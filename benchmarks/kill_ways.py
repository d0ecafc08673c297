"""The ways of putting images into class folders that are compared, each as its documentation says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kill_scene import Layout

LOOP = """
import os, shutil, sys
source, target, place = sys.argv[1], sys.argv[2], getattr(shutil, sys.argv[3])
for folder, folders, names in os.walk(source):
    folders.sort()
    for name in sorted(names):
        label = name.removesuffix(".png").rpartition("_")[2]
        os.makedirs(os.path.join(target, label), exist_ok=True)
        place(os.path.join(folder, name), os.path.join(target, label, name))
"""
"""As tutorials do it, over what is in the source: run again, it takes up what is still there."""

SPLIT = """
import sys, splitfolders
splitfolders.ratio(sys.argv[1], output=sys.argv[2], seed=1337, ratio=(0.8, 0.2), move=sys.argv[3] == "move")
"""
"""The call of its README, with two parts."""

ORGANIZE = """
rules:
  - locations: "{source}"
    subfolders: true
    filters:
      - regex: '_(?P<label>GO|NG)\\.png$'
    actions:
      - {action}:
          dest: "{target}/{{regex.label}}/"
          on_conflict: {conflict}
"""
"""Its way to sort by name: a named group of the regex filter in the destination; rename_new is its default."""

LABELKIT = ("--path-fields", "{station}/{serial}_{label}.png", "--label-column", "label", "--quiet")


@dataclass(frozen=True, slots=True)
class Way:
    """One way to sort.

    Attributes:
        name: for the table.
        package: what must be installed; empty for Python alone.
        layout: how its source is arranged.
        command: the arguments after the interpreter, from a folder for its settings, the source and the target.

    """

    name: str
    package: str
    layout: Layout
    command: Callable[[Path, Path, Path], list[str]]

    def named(self, version: str) -> str:
        """The name with the version of the package in it."""
        return self.name.replace(self.package, f"{self.package} {version}", 1) if version else self.name


def _loop(place: str) -> Callable[[Path, Path, Path], list[str]]:
    return lambda _, source, target: ["-c", LOOP, str(source), str(target), place]


def _split(how: str) -> Callable[[Path, Path, Path], list[str]]:
    return lambda _, source, target: ["-c", SPLIT, str(source), str(target), how]


def _organize(action: str, conflict: str) -> Callable[[Path, Path, Path], list[str]]:
    def command(settings: Path, source: Path, target: Path) -> list[str]:
        config = settings / "organize.yaml"
        config.write_text(ORGANIZE.format(source=source, target=target, action=action, conflict=conflict), "utf-8")
        return ["-m", "organize", "run", str(config)]

    return command


def _labelkit(mode: str) -> Callable[[Path, Path, Path], list[str]]:
    return lambda _, source, target: (
        ["-m", "labelkit", "sort", str(source), "--base-dir", str(target), *LABELKIT, "--mode", mode]
    )


WAYS = (
    Way("`shutil.copy2` in a loop", "", Layout.STATIONS, _loop("copy2")),
    Way("`shutil.move` in a loop", "", Layout.STATIONS, _loop("move")),
    Way("split-folders, copy", "split-folders", Layout.CLASSES, _split("copy")),
    Way("split-folders, move", "split-folders", Layout.CLASSES, _split("move")),
    Way("organize-tool, copy", "organize-tool", Layout.STATIONS, _organize("copy", "rename_new")),
    Way("organize-tool, copy, deduplicate", "organize-tool", Layout.STATIONS, _organize("copy", "deduplicate")),
    Way("organize-tool, move", "organize-tool", Layout.STATIONS, _organize("move", "rename_new")),
    Way("labelkit, copy", "labelkit", Layout.STATIONS, _labelkit("copy")),
    Way("labelkit, move", "labelkit", Layout.STATIONS, _labelkit("move")),
)
