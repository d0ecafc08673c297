from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkout import quiet_environment
from tests.training.scenes import bundle, go_ng

BLOCKER = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Blocker())
"""


def without_packages(tmp_path: Path, *blocked: str) -> dict[str, str]:
    """An environment in which these packages are not installed."""
    (tmp_path / "sitecustomize.py").write_text(BLOCKER.format(blocked=set(blocked)), encoding="utf-8")
    return quiet_environment() | {"PYTHONPATH": str(tmp_path)}


def run(code: list[str], env: dict[str, str], cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *code], env=env, cwd=cwd, capture_output=True, encoding="utf-8", check=False, timeout=120
    )


@pytest.mark.parametrize(
    ("blocked", "named"),
    [
        (("tensorflow",), "TensorFlow"),
        (("tensorflow", "keras", "scipy", "matplotlib"), "TensorFlow"),
        (("scipy",), "SciPy"),
    ],
)
def test_a_missing_extra_is_told_with_the_line_that_installs_it(
    tmp_path: Path, blocked: tuple[str, ...], named: str
) -> None:
    env = without_packages(tmp_path, *blocked)
    done = run(["-m", "labelkit", "train", str(go_ng()), "--json", "--epochs", "1"], env, tmp_path)
    assert done.returncode == 2
    error = json.loads(done.stdout)["error"]
    assert error["message"] == f"training needs {named}, which is not installed"
    assert error["remedy"] == 'python -m pip install "labelkit-vision[train]"'
    assert error["remedy"] in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(p.name for p in tmp_path.iterdir() if p.name != "__pycache__") == ["sitecustomize.py"]


def test_predict_and_the_hand_off_say_so_as_well(tmp_path: Path) -> None:
    env = without_packages(tmp_path, "tensorflow")
    done = run(["-m", "labelkit", "predict", str(bundle("generator")), str(go_ng())], env, tmp_path)
    assert done.returncode == 2
    assert "predicting needs TensorFlow" in done.stderr
    code = "import labelkit\ntry:\n    labelkit.ImageSequence\nexcept labelkit.LabelkitError as e:\n    print(e.remedy)"
    assert run(["-c", code], env, tmp_path).stdout.strip() == 'python -m pip install "labelkit-vision[train]"'


def test_other_commands_need_none_of_it(tmp_path: Path) -> None:
    env = without_packages(tmp_path, "tensorflow", "keras", "scipy", "matplotlib")
    assert run(["-m", "labelkit", "train", "--help"], env, tmp_path).returncode == 0
    code = "import sys, labelkit.cli.app; print(sorted({'numpy', 'PIL', 'pandas'} & set(sys.modules)))"
    assert run(["-c", code], env, tmp_path).stdout.strip() == "[]"


def test_tensorflow_says_nothing_on_the_terminal(tmp_path: Path) -> None:
    plain = {k: v for k, v in quiet_environment().items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    code = (
        "from labelkit.training.backend import keras; import numpy as np\n"
        "m = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)]); m.compile('sgd', 'mse')\n"
        "m.fit(np.zeros((4, 4)), np.zeros(4), verbose=0)"
    )
    done = run(["-c", code], plain, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_jax_says_of_every_image_what_tensorflow_says(tmp_path: Path) -> None:
    """And it needs no TensorFlow for it, nor says a word that nobody asked for."""
    paths = [str(go_ng() / name) for name in ("GO/000.png", "NG/003.png", "GO/007.jpg")]
    words = ["-m", "labelkit", "predict", str(bundle("generator")), *paths, "--jsonl", "--quiet"]
    jax = run(words, without_packages(tmp_path, "tensorflow") | {"KERAS_BACKEND": "jax"}, tmp_path)
    assert (jax.returncode, jax.stderr) == (0, "")
    said = [json.loads(line) for line in jax.stdout.splitlines()]
    from labelkit.flows.predict import predict

    own = predict(bundle("generator"), paths)
    assert [p["label"] for p in said] == [p.label for p in own] == ["GO", "NG", "GO"]
    assert [p["logit"] for p in said] == pytest.approx([p.logits[0] for p in own], abs=1e-4)
