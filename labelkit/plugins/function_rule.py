"""A labeling function with its parameters and features, ready to be asked, here or in a worker process."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from labelkit.domain.labeling import Feature, LabelingFunction, Parameter, type_of_abstain, vote_fault
from labelkit.domain.votes import ABSTAINED, FAILED
from labelkit.plugins.feature_graph import FeaturePlan, plan_features
from labelkit.plugins.person import told_failure, told_lines
from labelkit.plugins.python_file import PythonFile, load_python

Vote = tuple[int, str]
"""(0, label), (ABSTAINED, ""), (FAILED, why) or (NO_VALUE, why)."""


class TooSlowError(BaseException):
    """A rule gave no answer in time; no `Exception`, so that a rule does not catch it by chance."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no answer in {seconds:g} s (--rule-timeout)")


class Watching(Protocol):
    """Who is told when a rule is asked, and when it answered."""

    def begin(self, rule: int) -> None:
        """The rule of this index is asked now."""

    def end(self) -> None:
        """It answered."""


class NoWatch:
    """Watches nothing."""

    def begin(self, rule: int) -> None:
        """Nothing."""

    def end(self) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class FunctionRule:
    """One labeling function of a run.

    Attributes:
        function: the function, with the parameters of this run.
        priority: a higher number decides over lower ones.
        file: the rules file it came from; None when it was handed in as a Python value.
        features: the features defined beside it.
        plan: what it needs of an image.
        alias: its name in this run, where it stands there several times with different parameters; empty: its own.

    """

    function: LabelingFunction
    priority: int = 0
    file: PythonFile | None = None
    features: Mapping[str, Feature] = field(default_factory=dict)
    plan: FeaturePlan = field(default_factory=FeaturePlan)
    alias: str = ""

    @property
    def name(self) -> str:
        """The function's name."""
        return self.alias or self.function.name

    @property
    def place(self) -> str:
        """`file:line` of its definition."""
        return self.function.place

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels it may return; empty for any."""
        return self.function.labels

    @property
    def own_files(self) -> Collection[str]:
        """The files whose traceback lines are the person's own."""
        places = [self.function.place, *(f.place for f in self.plan.own)]
        return {place.rpartition(":")[0] for place in places} | ({self.file.path} if self.file else set())

    def __reduce__(self) -> tuple[Callable[..., FunctionRule], tuple[object, ...]]:
        """To a worker go the file's bytes, not its functions: the worker runs them itself."""
        if self.file is None:
            return FunctionRule, (self.function, self.priority, None, dict(self.features), self.plan, self.alias)
        parameters = dict(self.function.parameters)
        return reload_rule, (self.file, self.function.name, parameters, self.priority, self.alias)


def make_rule(
    function: LabelingFunction,
    features: Mapping[str, Feature],
    *,
    file: PythonFile | None = None,
    parameters: Mapping[str, Parameter] | None = None,
    priority: int = 0,
) -> FunctionRule:
    """A rule from a labeling function and the features beside it.

    Raises:
        RulesError: an argument that is no feature, or a circle of features.

    """
    ready = function.with_parameters(dict(parameters or {}))
    return FunctionRule(ready, priority, file, features, plan_features(function, features))


def reload_rule(
    file: PythonFile, name: str, parameters: dict[str, Parameter], priority: int, alias: str
) -> FunctionRule:
    """The rule called `name` of a rules file, with its parameters set; how a worker comes by it."""
    rules = load_python(file)
    rule = make_rule(rules.functions[name], rules.features, file=file, parameters=parameters, priority=priority)
    return replace(rule, alias=alias)


_NO_WATCH = NoWatch()


def ask(rule: FunctionRule, arguments: Sequence[object], *, watch: Watching = _NO_WATCH, index: int = 0) -> Vote:
    """Ask a labeling function for its vote; whatever it does wrong is a FAILED vote that tells it.

    Args:
        rule: the rule.
        arguments: row and features, as it takes them.
        watch: told before and after; it may stop the rule with TooSlowError.
        index: of the rule, for the watch.

    """
    try:
        try:
            watch.begin(index)
            answer = rule.function.function(*arguments, **rule.function.parameters)
        finally:
            watch.end()
    except KeyboardInterrupt:
        raise
    except BaseException as e:  # noqa: BLE001 - a person's rule may raise anything, sys.exit() too
        return FAILED, failure_of(e, rule)
    if type(answer) is str and answer in rule.function.labels:  # nearly every vote is this
        return 0, answer
    if isinstance(answer, type_of_abstain):
        return ABSTAINED, ""
    if isinstance(answer, str):
        label = str.__str__(answer)
        fault = vote_fault(label, rule.function)
        return (FAILED, f"returned a label that it may not: {fault}") if fault else (0, label)
    return FAILED, _no_vote(answer, rule)


def failure_of(error: BaseException, rule: FunctionRule) -> str:
    """What went wrong in a rule or a feature beside it, with the person's own lines."""
    if isinstance(error, TooSlowError):
        return "\n".join([str(error), *told_lines(error.__traceback__, rule.own_files)])
    return told_failure(error, rule.own_files)


def _no_vote(answer: object, rule: FunctionRule) -> str:
    if answer is None:
        return "returned None; return a label or ABSTAIN"
    if isinstance(answer, bool) or not isinstance(answer, (int, float)):
        return f"returned {type(answer).__name__}; return a label (a text) or ABSTAIN"
    label = f"{answer:g}"
    known = f"; its labels: {', '.join(rule.labels)}" if rule.labels else ""
    return f"returned the number {label}; a label is a text: '{label}'{known}"
