"""What labelkit stands on here: packages, decoders, space, locks, settings."""

from __future__ import annotations

from dataclasses import dataclass

from labelkit.domain.results import Readable


@dataclass(frozen=True, slots=True)
class PackageState:
    """One package that labelkit asks for.

    Attributes:
        name: as the index knows it.
        needs: the versions asked for, as `>=2.2`.
        extra: the extra that brings it; empty for those that are always there.
        version: the installed one; None when there is none.

    """

    name: str
    needs: str
    extra: str
    version: str | None

    @property
    def fits(self) -> bool:
        """Whether it is there and not older than asked for."""
        if self.version is None:
            return False
        least = [part[2:] for part in self.needs.split(",") if part.startswith(">=")]
        return all(_numbers(self.version) >= _numbers(v) for v in least)


def _numbers(version: str) -> tuple[int, ...]:
    """The leading numbers of a version: '2.21.0rc1' is (2, 21, 0)."""
    out = []
    for part in version.split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        out.append(int(digits))
    return tuple(out)


@dataclass(frozen=True, slots=True)
class CodecState:
    """One decoder of the image library: its name, whether it is there, and the version of what it builds on."""

    name: str
    available: bool
    version: str = ""


@dataclass(frozen=True, slots=True)
class BackendState:
    """What Keras computes with here.

    Attributes:
        name: of the backend, as "tensorflow".
        version: the installed one; None when there is none.
        named_by: the variable or file that names it; empty for the default.
        fault: why labelkit does not compute with it; empty when it does.

    """

    name: str
    version: str | None
    named_by: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class MissingPath:
    """A path that the settings name and that is not there."""

    key: str
    path: str


@dataclass(frozen=True, slots=True)
class Surroundings(Readable):
    """What labelkit stands on here.

    Attributes:
        labelkit: its version.
        python: version of Python.
        system: operating system and processor.
        packages: what labelkit asks for, the always needed first.
        backend: what Keras computes with.
        codecs: decoders.
        cores: that this process may use.
        base_dir: as settings or flag name it.
        base_dir_exists: whether it is there.
        bytes_free: on its disk; None when it cannot be told.
        file_system: the kind that base_dir is on, as `ext4` or `nfs4`; None when it cannot be told.
        locks_hold: whether its locks can be relied on; None when it cannot be told.
        settings: the settings file; empty when there is none.
        missing: paths of the settings that are not there.
        remedies: what to do, one line each; empty when all is well.

    """

    labelkit: str
    python: str
    system: str
    packages: tuple[PackageState, ...]
    backend: BackendState
    codecs: tuple[CodecState, ...]
    cores: int
    base_dir: str
    base_dir_exists: bool
    bytes_free: int | None
    file_system: str | None
    locks_hold: bool | None
    settings: str
    missing: tuple[MissingPath, ...]
    remedies: tuple[str, ...]

    def lines(self) -> list[str]:
        """Versions, and what to do."""
        return [f"labelkit {self.labelkit}, Python {self.python}, {self.system}", *self.remedies]
