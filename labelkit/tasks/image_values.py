"""The features of one image while it is voted on: known ones, and a person's own, computed when first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from labelkit.domain.labeling import Feature
from labelkit.plugins.function_rule import FunctionRule, Watching, failure_of


class ImageValues:
    """What is known of one image.

    Args:
        known: by name for built-in features, by the feature itself for a person's own.
        watch: told when a person's feature is computed.

    Attributes:
        built_in: built-in features by name.

    """

    def __init__(self, known: Mapping[object, object], watch: Watching) -> None:
        self.watch = watch
        self.built_in: dict[str, object] = {}
        self._own: dict[Feature, tuple[object, str]] = {}
        self.learn(known)

    def learn(self, known: Mapping[object, object]) -> None:
        """Take over further values; those that are there already stay."""
        for key, value in known.items():
            if isinstance(key, Feature):
                self._own.setdefault(key, (value, ""))
            elif isinstance(key, str):
                self.built_in.setdefault(key, value)

    def lacking(self, rule: FunctionRule) -> Iterator[str]:
        """The built-in features that a rule needs and that are not known; none for a person's feature that is."""
        todo = list(rule.function.features)
        while todo:
            name = todo.pop()
            own = rule.features.get(name)
            if own is None:
                if name not in self.built_in:
                    yield name
            elif own not in self._own:
                todo += own.inputs

    def get(self, name: str, rule: FunctionRule, index: int) -> tuple[object, str]:
        """The value, or why there is none."""
        own = rule.features.get(name)
        if own is None:
            return self.built_in[name], ""
        if own not in self._own:
            self._own[own] = self._computed(own, rule, index)
        return self._own[own]

    def found(self, name: str, rule: FunctionRule) -> object:
        """The value where it is known already, else None: nothing is computed for the record alone."""
        own = rule.features.get(name)
        return self._own.get(own, (None, ""))[0] if own else self.built_in.get(name)

    def _computed(self, feature: Feature, rule: FunctionRule, index: int) -> tuple[object, str]:
        inputs: list[object] = []
        for name in feature.inputs:
            value, failure = self.get(name, rule, index)
            if failure:
                return None, failure
            inputs.append(value)
        try:
            try:
                self.watch.begin(index)
                return feature.function(*inputs), ""
            finally:
                self.watch.end()
        except KeyboardInterrupt:
            raise
        except BaseException as e:  # noqa: BLE001 - a person's feature may raise anything, sys.exit() too
            return None, f"feature '{feature.name}': {failure_of(e, rule)}"
