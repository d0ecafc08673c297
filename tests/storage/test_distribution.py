from __future__ import annotations

from importlib import metadata

import pytest

from labelkit.storage.distribution import install_line


def test_the_line_names_our_distribution_and_not_the_stranger_s() -> None:
    assert install_line("train") == 'python -m pip install "labelkit-vision[train]"'


def test_the_name_is_that_of_whoever_installed_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "packages_distributions", lambda: {"labelkit": ["labelkit", "plant-labelkit"]})
    described = {"labelkit": metadata.metadata("rich"), "plant-labelkit": metadata.metadata("labelkit-vision")}
    monkeypatch.setattr(metadata, "metadata", described.__getitem__)
    assert install_line("train") == 'python -m pip install "plant-labelkit[train]"'


def test_a_checkout_that_was_never_installed_still_says_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "packages_distributions", dict)
    assert install_line("train") == 'python -m pip install "labelkit-vision[train]"'
