"""Arguments of a wrong kind are told at the door of every public function."""

from __future__ import annotations

import pickle

import pytest

import labelkit
from labelkit.domain.argument_kinds import _hints, told
from labelkit.domain.errors import UsageError

OTHERS = ("__version__", "ABSTAIN", "labeling_function", "feature", "LabelkitError", "ClassMap", "ImageSequence")
"""Public names that are no functions to be called with settings; ImageSequence guards itself."""


@pytest.mark.parametrize("name", [n for n in dir(labelkit) if n not in OTHERS])
def test_every_public_function_is_guarded_and_stays_what_it_is(name: str) -> None:
    function = getattr(labelkit, name)
    inner = function.__wrapped__
    for hint in _hints(inner).values():
        assert told(hint)
    again = pickle.loads(pickle.dumps(function))  # noqa: S301, TID251 - our own, just made
    assert again is function
    assert function.__doc__ == inner.__doc__


@pytest.mark.parametrize(
    ("name", "args", "kwargs", "message"),
    [
        ("train", ("base_dir",), {"image_size": 32}, "image_size must be two whole numbers, as (80, 80), not 32 (int)"),
        ("train", (None,), {}, "base_dir must be text or a path, not None"),
        ("train", ("base_dir",), {"epochs": 2.5}, "epochs must be a whole number or None, not 2.5 (float)"),
        ("predict", ("runs/latest", None), {}, "paths must be text or a path or a list (text or a path), not None"),
        ("evaluate", ("runs", "base"), {"cost_escape": "50"}, "cost_escape must be a number or None, not '50' (str)"),
        ("audit", (5,), {}, "base_dir must be text or a path, not 5 (int)"),
        ("sort", (5,), {}, "source must be a path or text, not 5 (int)"),
        ("flow_from_directory", ("b",), {"target_size": 80}, "target_size must be two whole numbers, as (80, 80)"),
        ("ImageSequence", (["a.png"], ["GO", "NG"]), {"image_size": 32}, "image_size must be two whole numbers"),
        ("custom_generator", ("a.png", "GO"), {}, "file_paths must be a list (text or a path), not 'a.png' (str)"),
    ],
)
def test_a_person_s_slips(name: str, args: tuple[object, ...], kwargs: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        getattr(labelkit, name)(*args, **kwargs)
    assert caught.value.exit_code == 2
    assert caught.value.message.startswith(f"{name}: {message}")
