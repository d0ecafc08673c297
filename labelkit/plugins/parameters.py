"""Set parameters of rules from `NAME=VALUE` and `OWNER.NAME=VALUE`: known names only, typed by their defaults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labelkit.domain.errors import UsageError
from labelkit.domain.labeling import Parameter
from labelkit.domain.names import nearest
from labelkit.plugins.cells import number_in

_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True, slots=True)
class ParameterSpec:
    """One parameter that can be set.

    Attributes:
        owner: the labeling function it belongs to, or the stem of the TOML file.
        name: its own name.
        default: its value unless set; its type is the parameter's type.
        low, high: allowed range of a number, both inclusive; None for no limit.
        any_number: whether an integer default takes fractions as well (TOML writes 80 for 80.0).

    """

    owner: str
    name: str
    default: Parameter
    low: float | None = None
    high: float | None = None
    any_number: bool = False

    @property
    def full(self) -> str:
        """`by_score.threshold`."""
        return f"{self.owner}.{self.name}"


def set_parameters(given: Sequence[str], specs: Sequence[ParameterSpec]) -> dict[str, Parameter]:
    """The value of every parameter by its full name.

    A bare name sets every parameter of that name, whichever rules have it; a full name sets the one and beats a bare
    name. Of several values for one name the last holds.

    Args:
        given: texts as `threshold=85` or `by_score.threshold=85`.
        specs: the parameters there are.

    Raises:
        UsageError: no '=', an unknown name, a value of another type or out of range; lists the parameters.

    """
    bare: dict[str, Parameter] = {}
    full: dict[str, Parameter] = {}
    for text in given:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not name:
            raise UsageError(f"--param '{text}' is not NAME=VALUE", remedy=_listed(specs))
        hits = [s for s in specs if s.full == name]
        target = full if hits else bare
        hits = hits or [s for s in specs if s.name == name]
        if not hits:
            raise UsageError(f"no rule has a parameter '{name}'", place="--param", remedy=_near(name, specs))
        target.update({s.full: _typed(s, value.strip(), specs) for s in hits})
    return {s.full: full.get(s.full, bare.get(s.full, s.default)) for s in specs}


def of_owner(values: Mapping[str, Parameter], owner: str) -> dict[str, Parameter]:
    """The parameters of one owner by their own names."""
    split = {name: name.rpartition(".") for name in values}
    return {parts[2]: values[name] for name, parts in split.items() if parts[0] == owner}


def told_parameter(value: Parameter) -> str:
    """A value for a person: 80, 0.5, 'A2', true."""
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, str) else f"{value:.12g}"


def _typed(spec: ParameterSpec, text: str, specs: Sequence[ParameterSpec]) -> Parameter:
    value = _read(spec, text)
    if value is None:
        raise UsageError(
            f"parameter '{spec.full}' must be {_kind(spec)}, not '{text}'", place="--param", remedy=_listed(specs)
        )
    low, high = spec.low, spec.high
    if not isinstance(value, str) and ((low is not None and value < low) or (high is not None and value > high)):
        raise UsageError(
            f"parameter '{spec.full}' must be {_range(spec)}, not {told_parameter(value)}",
            place="--param",
            remedy=_listed(specs),
        )
    return value


def _read(spec: ParameterSpec, text: str) -> Parameter | None:
    if isinstance(spec.default, bool):
        return _TRUTH.get(text.casefold())
    if isinstance(spec.default, str):
        return text
    number = number_in(text)
    if number is None or isinstance(spec.default, float):
        return number
    return int(number) if number.is_integer() else number if spec.any_number else None


def _kind(spec: ParameterSpec) -> str:
    if isinstance(spec.default, bool):
        return "true or false"
    if isinstance(spec.default, int) and not spec.any_number:
        return "a whole number (its default is one)"
    return "a number"


def _range(spec: ParameterSpec) -> str:
    if spec.low is not None and spec.high is not None:
        return f"between {spec.low:g} and {spec.high:g}"
    return f"at least {spec.low:g}" if spec.low is not None else f"at most {spec.high:g}"


def _near(name: str, specs: Sequence[ParameterSpec]) -> str:
    hit = nearest(name, [s.full for s in specs] if "." in name else [s.name for s in specs])
    return f"did you mean '{hit}'? {_listed(specs)}" if hit else _listed(specs)


def _listed(specs: Sequence[ParameterSpec]) -> str:
    if not specs:
        return "the rules given have no parameters"
    return "parameters: " + ", ".join(f"{s.full} = {told_parameter(s.default)}" for s in specs)
