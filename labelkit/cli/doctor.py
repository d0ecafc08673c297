"""labelkit doctor: what labelkit stands on here, and what of it is missing."""

from __future__ import annotations

from pathlib import Path

from labelkit.cli.command import Outcome, Shared, command


@command("doctor", examples=("labelkit doctor", "labelkit doctor --json"))
def doctor_command(shared: Shared) -> Outcome:
    """Say what is installed, which decoders there are, how much space is free, and what the settings miss."""
    from labelkit.flows.doctor import doctor, path_keys
    from labelkit.reporting.doctor_console import show_doctor
    from labelkit.reporting.doctor_json import doctor_json

    settings = shared.settings
    found = doctor(
        shared.base_dir,
        settings_file=_from_here(settings.file.path),
        paths={key: settings.paths(key) for key in path_keys()},
    )
    return Outcome(doctor_json(found), lambda c: show_doctor(found, c))


def _from_here(path: Path | None) -> Path | None:
    """A settings file of the working folder by its name, any other in full."""
    return Path(path.name) if path is not None and path.parent == Path.cwd() else path
