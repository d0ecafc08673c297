"""Which features the cache keeps, by which recipe, and what it knows of images that are about to be voted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from labelkit.domain.labeling import SCALAR_FEATURES
from labelkit.plugins.function_rule import FunctionRule
from labelkit.storage.feature_cache import FeatureCache, stamp_of_file
from labelkit.tasks.vote_on_images import ImageItem, KeptFeature

RECIPE_VERSION = 1
"""Goes up when a built-in scalar feature is computed otherwise: numbers kept before are not found any more."""


def kept_features(rules: Sequence[FunctionRule], scalars: Sequence[str]) -> tuple[KeptFeature, ...]:
    """The features whose numbers are kept, each recipe once.

    A built-in scalar depends on the image and on RECIPE_VERSION; a person's own on the image and on its whole rules
    file. What that file imports is not seen: after a change there, `labelkit cache clear`. Features handed in as Python
    values are not kept, for nothing tells one from another.
    """
    found = {_built_in(name): KeptFeature(_built_in(name), -1, name) for name in scalars}
    for index, rule in enumerate(rules):
        for name in rule.function.features:
            if name in SCALAR_FEATURES:
                found.setdefault(_built_in(name), KeptFeature(_built_in(name), -1, name))
            elif name in rule.features and rule.file is not None:
                recipe = f"{name} of {rule.file.sha256}"
                found.setdefault(recipe, KeptFeature(recipe, index, name))
    return tuple(found.values())


def with_known(
    items: Sequence[ImageItem], kept: Sequence[KeptFeature], cache: FeatureCache | None
) -> Sequence[ImageItem]:
    """The images with what the cache knows of their files as they are now."""
    if cache is None or not kept:
        return items
    stamps = [stamp_of_file(item.where) for item in items]
    found = cache.lookup(stamps, [k.recipe for k in kept])
    return [replace(item, known=known, stamp=stamp) for item, known, stamp in zip(items, found, stamps, strict=True)]


def to_be_looked_at(items: Sequence[ImageItem], rules: Sequence[FunctionRule], kept: Sequence[KeptFeature]) -> int:
    """How many images must be read: those of which not every feature that anybody asks for is known."""
    arrays = any(
        name not in SCALAR_FEATURES and (name not in rule.features or rule.file is None)
        for rule in rules
        for name in rule.function.features
    )
    return len(items) if arrays or not kept else sum(len(item.known) < len(kept) for item in items)


def _built_in(name: str) -> str:
    return f"{name}/{RECIPE_VERSION}"
