"""What Keras computes with: named by a variable, and told when it is not there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labelkit.domain.errors import UsageError
from labelkit.storage.keras_backend import Backend, backend_asked_for, backend_named
from tests.checkout import Command
from tests.training.scenes import go_ng
from tests.training.test_loading import run, without_packages


def test_a_slip_in_the_name_of_the_backend_is_told_before_anything_loads(labelkit: Command, tmp_path: Path) -> None:
    words = ("train", go_ng(), "--json", "--out", tmp_path / "runs")
    done = labelkit(*words, cwd=tmp_path, env={"KERAS_BACKEND": "torhc", "PYTHONPROFILEIMPORTTIME": "1"})
    assert done.returncode == 2
    error = json.loads(done.stdout)["error"]
    assert error["message"] == "KERAS_BACKEND names 'torhc', which labelkit does not compute with"
    assert error["remedy"] == "did you mean 'torch'? known: tensorflow, jax, torch"
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "labelkit.training.loading" in imported
    assert not imported & {"keras", "tensorflow"}


def test_a_backend_that_is_not_installed_comes_with_its_own_install_line(tmp_path: Path) -> None:
    env = without_packages(tmp_path, "jax", "torch")
    done = run(["-m", "labelkit", "train", str(go_ng())], env | {"KERAS_BACKEND": "jax"}, tmp_path)
    assert done.returncode == 2
    assert "training needs JAX, which is not installed" in done.stderr
    assert 'python -m pip install "labelkit-vision[jax]"' in done.stderr
    done = run(["-m", "labelkit", "train", str(go_ng())], env | {"KERAS_BACKEND": "torch"}, tmp_path)
    assert done.returncode == 2
    assert "training needs PyTorch, which is not installed" in done.stderr
    assert "KERAS_BACKEND=tensorflow" in done.stderr


@pytest.mark.parametrize(
    ("variable", "text", "name", "by_file"),
    [
        (None, '{"backend": "jax"}', "jax", True),
        ("jax", '{"backend": "torch"}', "jax", False),
        (None, '{"backend": "tensorflow"}', "tensorflow", False),
        ("", "{cut off", "tensorflow", False),
        (None, None, "tensorflow", False),
    ],
)
def test_the_variable_counts_more_than_keras_own_settings(
    variable: str | None, text: str | None, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, by_file: bool
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    if variable is not None:
        monkeypatch.setenv("KERAS_BACKEND", variable)
    if text is not None:
        (tmp_path / "keras.json").write_text(text)
    named_by = str(tmp_path / "keras.json") if by_file else ("KERAS_BACKEND" if variable else "")
    assert backend_asked_for() == Backend(name, named_by)


def test_a_backend_that_only_predicts_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "numpy")
    with pytest.raises(UsageError, match="'numpy', which labelkit does not compute with") as told:
        backend_named()
    assert told.value.remedy == "known: tensorflow, jax, torch"


def test_doctor_tells_what_keras_computes_with(labelkit: Command, tmp_path: Path) -> None:
    jax = json.loads(labelkit("doctor", "--json", cwd=tmp_path, env={"KERAS_BACKEND": "jax"}).stdout)
    assert (jax["backend"]["name"], jax["backend"]["named_by"]) == ("jax", "KERAS_BACKEND")
    packages = {p["name"]: p for p in jax["packages"]}
    assert packages["jax"]["version"] == jax["backend"]["version"]
    assert "tensorflow" not in packages
    wrong = labelkit("doctor", cwd=tmp_path, env={"KERAS_BACKEND": "jaxx"}).stderr
    assert "Keras computes with: jaxx that is not installed (KERAS_BACKEND)" in wrong
    assert "did you mean 'jax'?" in wrong
