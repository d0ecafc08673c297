"""A model that was not made here is opened in a process of its own first; what that costs is bounded, and told."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import pytest

from labelkit.domain.errors import BundleError
from labelkit.flows.cache import clear_cache
from labelkit.storage.known_models import FILE, MAX_BYTES, is_known, remember
from labelkit.training import opened_once, quarantine
from labelkit.training.backend import keras
from labelkit.training.open_bundle import load_safely
from tests.checkout import quiet_environment
from tests.training.test_loading import run


@pytest.fixture(autouse=True)
def new_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A user who has opened nothing yet."""
    monkeypatch.setenv("LABELKIT_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def model_file(path: Path, *, times: int = 1) -> Path:
    """A network of four weights; the picture within it has a side of 32 x `times`."""
    pixels = keras.Input((32, 32, 3))
    large = keras.layers.UpSampling2D(times)(pixels)
    keras.Model(pixels, keras.layers.Dense(1)(keras.layers.GlobalAveragePooling2D()(large))).save(path)
    return path


def test_a_harmless_one_is_opened_apart_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = model_file(tmp_path / "m.keras")
    assert load_safely(path).output_shape == (None, 1)
    monkeypatch.setattr(quarantine, "_open_apart", lambda _: pytest.fail("it is known by now"))
    shutil.copy(path, tmp_path / "copy.keras")
    assert load_safely(tmp_path / "copy.keras").output_shape == (None, 1)


def test_the_limits_hold(tmp_path: Path) -> None:
    """What a model file does with them is tried in `under_jax.py`, for it takes its time."""
    tried = {
        "bytearray(300_000_000)": "MemoryError",
        "open('here', 'w').write('x' * 99_999)": "File too large",
        "\nwhile True: pass": "",
    }
    for deed, told in tried.items():
        code = f"from labelkit.training.opened_once import limit\nlimit(100_000_000, 1)\n{deed}"
        done = run(["-c", code], quiet_environment(), tmp_path)
        assert done.returncode == (1 if told else -signal.SIGXCPU)
        assert told in done.stderr


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("import os; os.kill(os.getpid(), 9)", r"ended by SIGKILL \(limits: 4 GB, 300 s of CPU\)"),
        ("import time; time.sleep(60)", "it was not open after 1 s"),
        ("raise MemoryError", "it needs more memory than 4 GB"),
        ("raise ValueError('no such layer')", "ValueError: no such layer"),
        ("print('not a word of shapes')", "it ended with 0"),
        (
            "import resource as r; r.setrlimit(r.RLIMIT_CPU, (1, 2))\nwhile True: pass",
            "ended by SIGXCPU|not open after",
        ),
    ],
)
def test_whatever_becomes_of_that_process_is_told(
    program: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "program.py").write_text(program)
    monkeypatch.setattr(opened_once, "__file__", str(tmp_path / "program.py"))
    monkeypatch.setattr(quarantine, "WALL_S", 1)
    with pytest.raises(BundleError, match=told):
        load_safely(model_file(tmp_path / "m.keras"))


def test_what_is_remembered_is_the_user_s_own_and_bounded(new_here: Path) -> None:
    remember("ab" * 32)
    remember("cd" * 32)
    assert is_known("ab" * 32)
    assert not is_known("ef" * 32)
    assert (new_here / FILE).stat().st_mode & 0o077 == 0
    (new_here / FILE).write_text("0" * (MAX_BYTES + 1))
    remember("ef" * 32)
    assert (new_here / FILE).read_text() == "ef" * 32 + "\n"
    with pytest.raises(ValueError, match="no SHA-256"):
        remember("x\n" + "ab" * 32)
    clear_cache()
    assert not (new_here / FILE).exists()


def test_nothing_is_remembered_where_nothing_can_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LABELKIT_CACHE_DIR", str(tmp_path / "file" / "below"))
    remember("ab" * 32)
    assert not is_known("ab" * 32)
