"""What labelkit stands on here, told to a person."""

from __future__ import annotations

from rich.console import Console

from labelkit.domain.placing import LOCK_NAME
from labelkit.domain.surroundings import BackendState, PackageState, Surroundings
from labelkit.domain.units import told_bytes
from labelkit.reporting.console import Column, count, print_table, say


def show_doctor(found: Surroundings, console: Console) -> None:
    """Versions, decoders, space, settings; last, what to do."""
    say(console, f"labelkit {found.labelkit}, Python {found.python}, {found.system}")
    say(console)
    _packages(found, console)
    say(console, f"Keras computes with: {_backend(found.backend)}")
    codecs = ", ".join(f"{c.name} ({c.version or ('yes' if c.available else 'no')})" for c in found.codecs)
    say(console, f"decoders: {codecs}")
    say(console, f"{count(found.cores, 'core')}")
    there = "" if found.base_dir_exists else " (not made yet)"
    free = "free space unknown" if found.bytes_free is None else f"{told_bytes(found.bytes_free)} free"
    say(console, f"base_dir: {found.base_dir}{there}, {free}")
    say(console, f"file system: {_file_system(found)}")
    say(console, f"settings: {found.settings or 'none'}")
    say(console)
    for line in found.remedies:
        say(console, line)
    if not found.remedies:
        say(console, "nothing is missing")


def _backend(backend: BackendState) -> str:
    by = f" ({backend.named_by})" if backend.named_by else ""
    return f"{backend.name} {backend.version or 'that is not installed'}{by}"


def _file_system(found: Surroundings) -> str:
    if found.file_system is None:
        return "cannot be told; a sort tries whether it has locks"
    if found.locks_hold:
        return f"{found.file_system}; its locks can be relied on"
    return f"{found.file_system}, a network share; its locks cannot be relied on, so that {LOCK_NAME} guards a sort"


def _packages(found: Surroundings, console: Console) -> None:
    if not found.packages:
        say(console, "packages: cannot be told, for this labelkit runs from a folder that was never installed")
        return
    rows = [(p.name, p.version or "not installed", p.needs, _for(p)) for p in found.packages]
    print_table(console, [Column("package"), Column("installed"), Column("needed"), Column("")], rows)
    say(console)


def _for(package: PackageState) -> str:
    state = "too old" if package.version is not None and not package.fits else ""
    return ", ".join(part for part in (f"for {package.extra}" if package.extra else "", state) if part)
