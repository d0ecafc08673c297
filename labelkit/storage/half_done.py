"""Whether the class folders of a base_dir are being filled at this moment, or were left half filled."""

from __future__ import annotations

import os

from labelkit.domain.placing import LEDGER_NAME
from labelkit.storage.at_work import who_is_at_work
from labelkit.storage.sqlite_ledger import open_ledger


def half_done(base_dir: str) -> str:
    """Why what stands in a folder is not the whole of a sort; empty when it is, and for folders without a ledger.

    Raises:
        LedgerError: a ledger that cannot be read.

    """
    holder = who_is_at_work(base_dir)
    if holder:
        return f"a sort is at work here ({holder})"
    if not os.path.isfile(os.path.join(base_dir, LEDGER_NAME)):
        return ""
    ledger = open_ledger(base_dir, create=False, read_only=True)
    try:
        left = len(ledger.intents())
    finally:
        ledger.close()
    return f"a sort was cut off here in the middle ({left:,} under way)" if left else ""
