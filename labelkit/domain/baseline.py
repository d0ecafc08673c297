"""Findings that a person has accepted: known by what the files hold, so that a new name does not make them new."""

from __future__ import annotations

from dataclasses import dataclass

from labelkit.domain.findings import Severity


@dataclass(frozen=True, slots=True)
class Known:
    """One accepted thing: a file, a group of files, or (no contents) something about the whole set.

    Attributes:
        check: the check that found it.
        severity: how grave it was; graver is new.
        contents: of each file concerned its SHA-256, or "name:" and its path where nothing could be read; sorted.
        across: what a group lies across: "", "classes", "parts" or "classes, parts"; across more is new.
        kind: of something about the set: what was said, numbers taken out; another saying is new.
        share: of something about the set that names files: the share of all images, 0 to 1; else 0.
        told: for people only: where the files stood, or what was said.

    """

    check: str
    severity: Severity
    contents: tuple[str, ...] = ()
    across: str = ""
    kind: str = ""
    share: float = 0.0
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Baseline:
    """Everything that was accepted, sorted by check, then by what is concerned."""

    known: tuple[Known, ...] = ()


@dataclass(frozen=True, slots=True)
class BaselineCount:
    """What became of a baseline in one audit.

    Attributes:
        accepted: entries that were found again.
        gone: entries of checks that ran and did not find them any more.

    """

    accepted: int
    gone: int
