"""What a sort was asked for, checked once: policies and what to do with images that no vote settles."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from labelkit.domain.errors import UsageError
from labelkit.domain.names import did_you_mean, label_fault


class PolicyKind(StrEnum):
    """How votes become a label."""

    PRIORITY = "priority"
    """The highest priority that does not abstain decides; equal priority and different labels is a conflict."""
    UNANIMOUS = "unanimous"
    """Every vote must agree, whatever its priority; else a conflict."""
    MAJORITY = "majority"
    """More than half of the votes; else a conflict."""
    ANY = "any"
    """One vote for the named label decides; else as `unanimous`."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy; `label` only for `any`."""

    kind: PolicyKind = PolicyKind.PRIORITY
    label: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.label}" if self.label else str(self.kind)


def parse_policy(text: str) -> Policy:
    """Read `priority`, `unanimous`, `majority` or `any:LABEL`.

    Raises:
        UsageError: anything else.

    """
    head, _, label = text.partition(":")
    if head == PolicyKind.ANY and label:
        return Policy(PolicyKind.ANY, label)
    if text in {PolicyKind.PRIORITY, PolicyKind.UNANIMOUS, PolicyKind.MAJORITY}:
        return Policy(PolicyKind(text))
    known = [*(k.value for k in PolicyKind if k is not PolicyKind.ANY), "any:LABEL"]
    raise UsageError(f"unknown policy '{text}'", remedy=did_you_mean(text, known))


class Fallback(StrEnum):
    """What becomes of an image that no vote settles."""

    HOLD = "hold"
    ERROR = "error"
    LABEL = "label"


@dataclass(frozen=True, slots=True)
class OnUnsettled:
    """A fallback; `label` only for `label:X`."""

    kind: Fallback = Fallback.HOLD
    label: str = ""


def parse_on_unsettled(text: str, *, option: str) -> OnUnsettled:
    """Read `hold`, `error` or `label:X`.

    Raises:
        UsageError: anything else, or a label that cannot be a folder.

    """
    head, _, label = text.partition(":")
    if head == Fallback.LABEL and label:
        fault = label_fault(label)
        if fault:
            raise UsageError(f"{option}: '{label}' cannot be a class folder: {fault}")
        return OnUnsettled(Fallback.LABEL, label)
    if text in {Fallback.HOLD, Fallback.ERROR}:
        return OnUnsettled(Fallback(text))
    raise UsageError(f"{option} cannot be '{text}'", remedy=did_you_mean(text, ["hold", "error", "label:X"]))
