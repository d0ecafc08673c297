"""Doctor: what labelkit stands on here, and what of it is missing."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from labelkit.domain.errors import UsageError
from labelkit.domain.settings import KEYS, Kind
from labelkit.domain.surroundings import BackendState, CodecState, MissingPath, PackageState, Surroundings
from labelkit.flows.run import cores
from labelkit.imaging.codecs import codec_states
from labelkit.storage.distribution import install_line
from labelkit.storage.file_systems import file_system_of, is_remote
from labelkit.storage.installed import package_states, version_of
from labelkit.storage.keras_backend import backend_asked_for, backend_named
from labelkit.version import __version__

_MADE_BY_COMMANDS = ("base_dir", "out")
"""Paths of the settings that need not be there yet: sort and train make them."""

_TRAIN = "train"
_EXTRAS = {"jax": "jax"}
"""The extra that brings a backend, where it is not `train`."""

_NEEDED = ("JPEG", "PNG")
"""Decoders without which hardly any line's images can be read."""


def doctor(base_dir: Path, *, settings_file: Path | None, paths: Mapping[str, Sequence[Path]]) -> Surroundings:
    """Look at packages, decoders, space and settings.

    Args:
        base_dir: the folder of class folders.
        settings_file: the settings in force, if any.
        paths: the paths that the settings name, by key, seen from the working folder.

    """
    backend = _backend()
    extra = _EXTRAS.get(backend.name, _TRAIN)
    packages = package_states(extras=(extra,))
    codecs = codec_states()
    missing = tuple(_missing(paths))
    kind = file_system_of(str(base_dir))
    return Surroundings(
        labelkit=__version__,
        python=platform.python_version(),
        system=f"{platform.system()} {platform.machine()}",
        packages=packages,
        backend=backend,
        codecs=codecs,
        cores=cores(),
        base_dir=str(base_dir),
        base_dir_exists=base_dir.is_dir(),
        bytes_free=_bytes_free(base_dir),
        file_system=kind,
        locks_hold=None if kind is None else not is_remote(kind),
        settings=str(settings_file) if settings_file else "",
        missing=missing,
        remedies=(*_to_install(packages, backend, extra), *_remedies(codecs, missing, settings_file)),
    )


def _backend() -> BackendState:
    asked, fault = backend_asked_for(), ""
    try:
        backend_named()
    except UsageError as e:
        fault = f"{e.message}; {e.remedy}"
    return BackendState(asked.name, version_of(asked.name), asked.named_by, fault)


def path_keys() -> list[str]:
    """The settings that hold paths."""
    return [key for key, kind in KEYS.items() if kind in {Kind.PATH, Kind.PATHS}]


def _missing(paths: Mapping[str, Sequence[Path]]) -> Iterator[MissingPath]:
    for key, listed in paths.items():
        if key not in _MADE_BY_COMMANDS:
            yield from (MissingPath(key, str(path)) for path in listed if not path.exists())


def _bytes_free(path: Path) -> int | None:
    """Free bytes where `path` is, or where the nearest folder above it is."""
    whole = path.absolute()
    for folder in (whole, *whole.parents):
        if folder.is_dir():
            try:
                return shutil.disk_usage(folder).free
            except OSError:
                return None
    return None


def _to_install(packages: Sequence[PackageState], backend: BackendState, extra: str) -> Iterator[str]:
    core = [p.name for p in packages if not p.extra and not p.fits]
    train = [p.name for p in packages if p.extra and not p.fits]
    if core:
        yield f"labelkit needs {', '.join(core)}, missing or too old: {install_line()}"
    if train:
        yield f"for training, {', '.join(train)} is missing or too old: {install_line(extra)}"
    if backend.fault:
        yield backend.fault
    elif backend.version is None and backend.name not in train:
        yield f"{backend.named_by} names {backend.name}, which is not installed"


def _remedies(
    codecs: Sequence[CodecState], missing: Sequence[MissingPath], settings_file: Path | None
) -> Iterator[str]:
    for codec in codecs:
        if codec.name in _NEEDED and not codec.available:
            yield f"Pillow was built without {codec.name}: install Pillow again from a wheel"
    for gone in missing:
        yield f"{settings_file} names {gone.key} = {gone.path}, which is not there"
