"""What labelkit stands on here, for programs."""

from __future__ import annotations

from dataclasses import asdict

from labelkit.domain.surroundings import Surroundings


def doctor_json(found: Surroundings) -> dict[str, object]:
    """The object of `labelkit doctor --json`."""
    return {
        "schema": 1,
        "labelkit": found.labelkit,
        "python": found.python,
        "system": found.system,
        "packages": [{**asdict(p), "fits": p.fits} for p in found.packages],
        "backend": asdict(found.backend),
        "codecs": [asdict(c) for c in found.codecs],
        "cores": found.cores,
        "base_dir": {
            "path": found.base_dir,
            "exists": found.base_dir_exists,
            "bytes_free": found.bytes_free,
            "file_system": found.file_system,
            "locks_hold": found.locks_hold,
        },
        "settings": {"file": found.settings or None, "missing": [asdict(m) for m in found.missing]},
        "remedies": list(found.remedies),
    }
