"""What a bundle says it was made from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from labelkit.domain.bundle import BUNDLE_FILE
from labelkit.domain.errors import BundleError
from labelkit.storage.whole_folder import resolve_pointer


def read_origin(bundle: str) -> Mapping[str, object]:
    """The object of its `bundle.json`: options, versions, digest of the data.

    Raises:
        BundleError: the file is gone, or holds no JSON object.

    """
    file = resolve_pointer(Path(bundle)) / BUNDLE_FILE
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as e:
        raise BundleError(
            f"this cannot be read: {e}", place=str(file), remedy="give the folder that train wrote"
        ) from e
    if not isinstance(value, dict):
        raise BundleError("one JSON object is expected", place=str(file), remedy="give the folder that train wrote")
    return value
