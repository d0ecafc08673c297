"""What expressions say of all records at once; importing this loads NumPy."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from labelkit.domain.votes import ABSTAINED, FAILED, NO_VALUE, VoteColumn, VoteKind
from labelkit.plugins.expressions.columns import Columns
from labelkit.plugins.expressions.evaluate import FALSE, TRUE, UNKNOWN, judge
from labelkit.plugins.expressions.rule import ExpressionRule
from labelkit.tasks.asking import Asking
from labelkit.tasks.vote_looking import Room, Seen, folded

_SHIFT = 1
"""From truth to the code of a vote: true is the first label, false abstains, unknown has no value."""
assert (TRUE - _SHIFT, FALSE - _SHIFT, UNKNOWN - _SHIFT) == (0, ABSTAINED, NO_VALUE)


def by_expressions(rules: Sequence[ExpressionRule], seen: Seen, room: Room, asking: Asking) -> Iterator[VoteColumn]:
    """One column a rule; the cells are gathered by record once for all of them."""
    image = np.asarray(room.records.image)
    features = {name: np.asarray(values)[image] for name, values in seen.numbers.items()}
    columns = Columns(room.cells, room.records.row, features)
    for rule in rules:
        begun = asking.clock() if asking.clock else 0.0
        column = _by_expression(rule, columns, seen, room)
        if asking.clock:
            column = replace(column, seconds=asking.clock() - begun, asked=len(room.records))
        yield column


def _by_expression(rule: ExpressionRule, columns: Columns, seen: Seen, room: Room) -> VoteColumn:
    found = judge(rule, columns)
    codes = found.truth.astype(np.int16)
    codes -= _SHIFT
    reasons = found.reasons
    if seen.faults and rule.features(room.cells.names):
        for i, owner in enumerate(room.records.image):
            if owner in seen.faults:
                codes[i], reasons[i] = FAILED, seen.faults[owner]
    plain = array("h", codes.tobytes())
    return folded(rule, VoteKind.EXPRESSION, (rule.label,), plain, reasons, room)
