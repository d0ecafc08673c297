"""A folder against its ledger: the value that `labelkit.verify` returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from labelkit.domain.results import Readable


@dataclass(frozen=True, slots=True)
class Difference:
    """One file that is not as recorded: its POSIX path in base_dir, and what differs."""

    file: str
    why: str


@dataclass(frozen=True, slots=True)
class Extra:
    """One file in a class folder that labelkit did not put there, and whether loaders take it for an image."""

    file: str
    image: bool


@dataclass(frozen=True, slots=True)
class Drag:
    """One image that a person moved: its POSIX paths in base_dir, as recorded and now."""

    before: str
    now: str


@dataclass(frozen=True, slots=True)
class VerifyReport(Readable):
    """What stands in base_dir against what was recorded.

    Attributes:
        base_dir: absolute path.
        recorded: images that are recorded to stand there.
        read: of these, how many were read and compared by content.
        bytes_read: of them, in bytes.
        never_read: hard and symbolic links whose content was not read when they were placed: nothing to compare with.
        missing: recorded, and nowhere in base_dir.
        extra: in class folders, and not recorded.
        altered: recorded, and something else stands there.
        moved: under another name in base_dir.
        unfinished: what a killed run began, and temporary files that it left.
        remarks: no differences, but worth knowing.
        at_work: who is changing base_dir in this moment; empty when nobody is.
        under_way: steps that were being done meanwhile; their files were not judged.
        quick: whether files of the recorded size and times were taken as unchanged, without reading them.
        seconds: by step.

    """

    base_dir: str
    recorded: int
    read: int
    bytes_read: int
    never_read: int = 0
    missing: tuple[Difference, ...] = ()
    extra: tuple[Extra, ...] = ()
    altered: tuple[Difference, ...] = ()
    moved: tuple[Drag, ...] = ()
    unfinished: tuple[Difference, ...] = ()
    remarks: tuple[Difference, ...] = ()
    at_work: str = ""
    under_way: int = 0
    quick: bool = False
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of each kind of difference."""
        return {
            "missing": len(self.missing),
            "extra": len(self.extra),
            "altered": len(self.altered),
            "moved": len(self.moved),
            "unfinished": len(self.unfinished),
        }

    @property
    def as_recorded(self) -> int:
        """Images that stand where they were recorded to, as they were."""
        return self.recorded - len(self.missing) - len(self.altered) - len(self.moved) - self.under_way

    @property
    def exit_code(self) -> int:
        """1 when there are differences, else 0."""
        return int(any(self.counts.values()))

    def lines(self) -> list[str]:
        """How many images are as recorded, and each difference."""
        return [
            f"{self.as_recorded:,} of {self.recorded:,} images as recorded",
            *(f"missing: {d.file}: {d.why}" for d in self.missing),
            *(f"extra: {x.file}" for x in self.extra),
            *(f"altered: {d.file}: {d.why}" for d in self.altered),
            *(f"moved: {m.before} to {m.now}" for m in self.moved),
            *(f"unfinished: {d.file}: {d.why}" for d in self.unfinished),
        ]
