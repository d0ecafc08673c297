"""The page of an evaluation: refused before images are read, written whole when the figures are there."""

from __future__ import annotations

import os
from pathlib import Path

from labelkit.domain.errors import UsageError
from labelkit.domain.evaluation import Evaluation
from labelkit.domain.model_report import ModelReport
from labelkit.domain.units import told_bytes
from labelkit.flows.image_thumbnails import ImageThumbnails
from labelkit.flows.run import Run
from labelkit.storage.bundle_origin import read_origin
from labelkit.storage.replacing import check_can_replace, replace_file


def check_files(*, html: Path | None, mistakes: Path | None) -> None:
    """Refuse what could not be written, before any image is read.

    Raises:
        UsageError: one file for both, or no place to write into.
        StorageError: the system refuses a file there.

    """
    wanted = {option: path for option, path in (("--html", html), ("--mistakes", mistakes)) if path is not None}
    for option, path in wanted.items():
        check_can_replace(path, option=option)
    if len({os.path.realpath(path) for path in wanted.values()}) < len(wanted):
        raise UsageError(f"one file for the page and the mistakes: {html}", remedy="give each a file of its own")


def write_model_page(found: Evaluation, path: str | os.PathLike[str], *, run: Run | None = None) -> str:
    """Write the page of one evaluation over an older one.

    Args:
        found: what `evaluate` returned; pictures of its mistakes are made now.
        path: the file, `.html` by custom; its folder must be there.
        run: when it was made, and number of workers.

    Returns:
        a line for a person: where the page is, and how large.

    Raises:
        BundleError: the bundle is gone by now.
        StorageError: the page could not be written; an older one is untouched.

    """
    from labelkit.reporting.model_page import model_page

    context = run or Run()
    thumbnails = ImageThumbnails(found.root, context.workers)
    report = ModelReport(found, origin=read_origin(found.bundle), thumbnails=thumbnails)
    data = model_page(report, made=context.started)
    replace_file(Path(path), data)
    return f"the page is {path} ({told_bytes(len(data))})"
