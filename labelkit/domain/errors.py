"""The one exception tree; each branch carries the exit code that the command line ends with.

LabelkitError
├── UsageError 2             wrong arguments
│   ├── SettingsError        a settings file that cannot be used
│   ├── RulesError           a rules file or expression that cannot be used
│   └── MissingExtraError    a package of an extra is not installed
├── DataError 3              bad data
│   ├── MetadataError        a table that cannot be read for sure
│   ├── RuleFailedError      a labeling function raised
│   ├── ImageError           an image that cannot be decoded
│   └── BundleError          a bundle that is not whole or does not fit
└── StorageError 4           space, permission, lock, a file that could not be placed
    └── LedgerError          a ledger that is damaged, locked or of another version
"""

from __future__ import annotations


class LabelkitError(Exception):
    """The root: what was seen, where, and what to do next.

    Args:
        message: what was seen and what was expected, in one sentence.
        place: where, as `file:line`, `file, row 12, column score`, or a path; empty if there is none.
        remedy: what to do next; empty if there is nothing to say.

    """

    exit_code = 1

    def __init__(self, message: str, *, place: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.remedy = remedy

    def __str__(self) -> str:
        head = f"{self.place}: {self.message}" if self.place else self.message
        return f"{head}\n  {self.remedy}" if self.remedy else head


class UsageError(LabelkitError):
    """Wrong usage: arguments that name nothing, or contradict each other."""

    exit_code = 2


class SettingsError(UsageError):
    """A settings file that cannot be used."""


class RulesError(UsageError):
    """A rules file or expression that cannot be used; nothing was executed further or moved."""


class MissingExtraError(UsageError):
    """A package that an extra brings is not installed."""


class DataError(LabelkitError):
    """Bad data: the input is there, but cannot be believed."""

    exit_code = 3


class MetadataError(DataError):
    """A metadata table that cannot be read for sure."""


class RuleFailedError(DataError):
    """At least one labeling function raised; nothing was placed."""


class ImageError(DataError):
    """An image that train or predict cannot decode."""


class BundleError(DataError):
    """A bundle that is not whole, or does not fit what it is used on."""


class StorageError(LabelkitError):
    """Space, permission, lock, or a file that could not be placed."""

    exit_code = 4


class LedgerError(StorageError):
    """A ledger that is damaged, locked, or written by another version."""
