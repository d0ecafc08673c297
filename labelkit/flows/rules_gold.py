"""A column of true labels as votes, and the class that escape and overkill speak of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from labelkit.domain.classes import recognised_reject
from labelkit.domain.errors import UsageError
from labelkit.domain.names import did_you_mean
from labelkit.domain.votes import VoteColumn
from labelkit.flows.rules_votes import Asked, RulesRoom
from labelkit.plugins.label_column import check_mapping
from labelkit.plugins.sources import Sources, load_sources


def gold_votes(column: str | None, room: RulesRoom, mapping: Mapping[str, str]) -> VoteColumn | None:
    """The true label of each image; None where no column was named.

    Raises:
        UsageError: there is no table.
        MetadataError: no such column, or cells that are no labels.

    """
    if column is None:
        return None
    if room.matches is None:
        raise UsageError(f"--gold {column} names a column, but no metadata was given", remedy="--metadata FILE")
    check_mapping(mapping, place="--map")
    return room.vote(load_sources(label_column=column, mapping=mapping)).columns[0]


def reject_of(asked: Asked, sources: Sources, gold: VoteColumn | None) -> str | None:
    """The reject class: declared, else recognised by its name or declared meaning; None for none.

    Raises:
        UsageError: a declared class that no rule and no true label knows.

    """
    names = known_labels(sources, gold)
    declared = asked.get("reject")
    if declared is not None and declared not in names:
        raise UsageError(f"no class '{declared}' to be the reject", remedy=did_you_mean(declared, names))
    return declared or recognised_reject(names, asked.get("meaning"))


def known_labels(sources: Sources, gold: VoteColumn | None) -> Sequence[str]:
    """All labels that rules may give and that are true of an image."""
    return list(dict.fromkeys([*sources.labels, *(gold.labels if gold else ())]))
