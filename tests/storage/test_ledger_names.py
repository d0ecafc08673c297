from __future__ import annotations

import pytest

from labelkit.domain.errors import LedgerError
from labelkit.storage.ledger_names import Named
from labelkit.storage.ledger_rows import Cell


def test_a_run_that_began_since_is_found_and_one_that_is_not_there_is_damage() -> None:
    there: dict[Cell, str] = {1: "first"}
    names = Named("runs", "labelkit.db", lambda: dict(there))
    there[2] = "begun since"
    assert (names[1], names[2]) == ("first", "begun since")
    with pytest.raises(LedgerError, match="table runs lacks row 3"):
        names[3]
