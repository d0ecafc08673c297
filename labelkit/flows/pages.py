"""Write what a function returned as one page for a browser, whatever it was."""

from __future__ import annotations

import os
from collections.abc import Sequence

from labelkit.domain.audit import AuditReport
from labelkit.domain.evaluation import Evaluation
from labelkit.flows.audit_files import write_audit_page
from labelkit.flows.evaluate_files import write_model_page


def write_page(
    found: AuditReport | Sequence[AuditReport] | Evaluation, path: str | os.PathLike[str], *, made: str = ""
) -> str:
    """Write the page of one audit, of several, or of an evaluation, over an older one.

    Args:
        found: what `audit` or `evaluate` returned; pictures are made now.
        path: the file, `.html` by custom; its folder must be there.
        made: when an audit was made, for people; empty for nothing. An evaluation's page says when it was written.

    Returns:
        a line for a person: where the page is, and how large.

    Raises:
        BundleError: the bundle of an evaluation is gone by now.
        StorageError: it could not be written; an older page is untouched.

    """
    if isinstance(found, Evaluation):
        return write_model_page(found, path)
    return write_audit_page(found, path, made=made)
