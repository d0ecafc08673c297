"""From a heap of camera images to a classifier you can trust: sort, audit, train, predict.

The public names are handed on lazily: `import labelkit` loads nothing heavy, prints nothing and sets up no logging.
Their types stand in `__init__.pyi`.
"""

from importlib import import_module
from types import FunctionType

from labelkit.version import __version__

_HOMES = {
    "ABSTAIN": "labelkit.domain.labeling",
    "labeling_function": "labelkit.domain.labeling",
    "feature": "labelkit.domain.labeling",
    "LabelkitError": "labelkit.domain.errors",
    "ClassMap": "labelkit.domain.classes",
    "sort": "labelkit.flows.sort",
    "audit": "labelkit.flows.audit",
    "write_page": "labelkit.flows.pages",
    "train": "labelkit.flows.train",
    "predict": "labelkit.flows.predict",
    "adopt": "labelkit.flows.adopt",
    "evaluate": "labelkit.flows.evaluate",
    "split": "labelkit.flows.split",
    "show_rules": "labelkit.flows.rules_show",
    "analyze_rules": "labelkit.flows.rules_analyze",
    "tune_rules": "labelkit.flows.rules_tune",
    "why": "labelkit.flows.why",
    "held": "labelkit.flows.why_held",
    "verify": "labelkit.flows.verify",
    "undo": "labelkit.flows.undo",
    "flow_from_directory": "labelkit.training.directory",
    "ImageSequence": "labelkit.training.sequence",
    "custom_generator": "labelkit.training.custom_generator",
}

__all__ = ["__version__", *_HOMES]  # noqa: PLE0604 - the names are listed once, in _HOMES


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'labelkit' has no attribute '{name}'")
    value = getattr(import_module(_HOMES[name]), name)
    if isinstance(value, FunctionType) and not _HOMES[name].startswith("labelkit.domain."):
        value = _at_the_door(value)
    globals()[name] = value
    return value


def _at_the_door(function: FunctionType) -> object:
    """The same function, which tells of arguments of a wrong kind; it is pickled by its public name."""
    from labelkit.domain.argument_kinds import checked

    public = checked(function)
    public.__module__ = __name__
    return public


def __dir__() -> list[str]:
    return sorted(__all__)
