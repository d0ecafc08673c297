"""What a sort is asked for, checked before anything is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from labelkit.domain.errors import UsageError
from labelkit.domain.names import did_you_mean
from labelkit.domain.placing import Mode
from labelkit.domain.predicted import PredictionsFile
from labelkit.domain.rules import GIVEN_ORDER
from labelkit.domain.table import Table
from labelkit.flows.sort_votes import RULE_TIMEOUT_S
from labelkit.flows.table_reading import TableReading
from labelkit.plugins.sources import GivenRule
from labelkit.sorting.options import OnUnsettled, Policy
from labelkit.sorting.predicted import Confidence


class OnError(StrEnum):
    """What becomes of a sort in which a labeling function raised."""

    STOP = "stop"
    """Voting finishes, nothing is placed, exit code 3."""
    HOLD = "hold"
    """The images it raised on are held, the others go on."""


@dataclass(frozen=True, slots=True)
class SortOptions:
    """A sort as it was asked for; the attributes are those of `labelkit.sort`."""

    sources: tuple[Path, ...]
    base_dir: Path
    metadata: tuple[Path, ...] | Table = ()
    file: str | None = None
    path_fields: str | None = None
    columns: tuple[str, ...] = ()
    reading: TableReading = field(default_factory=TableReading)
    rules: tuple[GivenRule, ...] = ()
    expressions: tuple[str, ...] = ()
    label_column: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    parameters: tuple[str, ...] = ()
    verdicts: tuple[Path, ...] = ()
    from_predictions: Path | PredictionsFile | None = None
    min_confidence: Confidence = field(default_factory=Confidence)
    order: tuple[str, ...] = GIVEN_ORDER
    policy: Policy | None = None
    mode: Mode = Mode.COPY
    on_abstain: OnUnsettled = field(default_factory=OnUnsettled)
    on_conflict: OnUnsettled = field(default_factory=OnUnsettled)
    on_error: OnError = OnError.STOP
    classes: tuple[str, ...] = ()
    dry_run: bool = False
    allow_missing: bool = False
    rule_timeout: float = RULE_TIMEOUT_S

    def __post_init__(self) -> None:
        if not self.sources:
            raise UsageError(
                "no images to sort", remedy="give a folder: labelkit sort IMAGES, or set source in [tool.labelkit]"
            )
        if not (self.has_rules or self.beside):
            raise UsageError(
                "nothing says where images go",
                remedy="give --rules FILE, --rule EXPRESSION, --label-column NAME, --verdicts FILE or "
                "--from-predictions FILE",
            )
        if not self.rule_timeout >= 0:
            raise UsageError("--rule-timeout is in seconds, at least 0 (no limit)")
        if self.min_confidence.given and not self.from_predictions:
            raise UsageError("--min-confidence needs --from-predictions", remedy="name the file of predictions")
        if self.mapping and not self.label_column:
            raise UsageError("--map needs --label-column", remedy="name the column that holds these values")

    @property
    def has_rules(self) -> bool:
        """Whether rules decide every image anew; without, images on which nothing votes stay as they are."""
        return bool(self.rules or self.expressions or self.label_column)

    @property
    def beside(self) -> tuple[str, ...]:
        """The kinds of files of answers that were given."""
        return (*(["verdicts"] if self.verdicts else []), *(["from_predictions"] if self.from_predictions else []))


def choice(text: str, kind: type[StrEnum], *, option: str) -> str:
    """One of an enumeration's values.

    Raises:
        UsageError: anything else; names the nearest.

    """
    known = [k.value for k in kind]
    if text not in known:
        raise UsageError(f"{option} cannot be '{text}'", remedy=did_you_mean(text, known))
    return text
