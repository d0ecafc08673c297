from __future__ import annotations

import json
from pathlib import Path

import pytest

from labelkit.cli.train import parse_size
from labelkit.domain.errors import UsageError
from tests.checkout import Command
from tests.training.scenes import draw_set, go_ng

QUICK = ("--image-size", "32", "--epochs", "2", "--batch-size", "8")


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with settings and two score classes in base_dir."""
    here = tmp_path_factory.mktemp("scores")
    draw_set(here / "base_dir", {"60": 16, "100": 16})
    settings = 'image_size = "32"\nepochs = 2\nbatch_size = 8\nout = "models"\n[meaning]\n60 = "NG"\n'
    (here / "labelkit.toml").write_text(settings, encoding="utf-8")
    return here


def test_settings_are_used_json_is_one_object_and_nothing_else_is_said(labelkit: Command, scores: Path) -> None:
    done = labelkit("train", "--json", cwd=scores)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["schema"] == 1
    assert told["class_map"] == {"classes": ["60", "100"], "positive": "100", "reject": "60", "source": "numeric"}
    assert told["samples"] == {"train": 26, "validation": 6}
    assert {"accuracy", "balanced_accuracy", "cross_entropy", "prior_cross_entropy", "pr_auc", "confusion"} <= set(
        told["metrics"]
    )
    assert told["timing"]["seconds"] > 0
    bundle = scores / told["bundle"]
    assert bundle.parent.name == "models"
    files = {p.name for p in bundle.iterdir()}
    always = {"bundle.json", "classes.json", "curves.png", "history.csv", "metrics.json", "model.keras", "report.html"}
    assert always <= files <= always | {"suspects.csv", "suspects.png"}
    lines = done.stderr.splitlines()
    assert lines[0] == "base_dir: 32 images (60 16, 100 16)"
    assert lines[1] == "index 0 = 60, index 1 = 100: the output near 1 means 100 (numeric order)"
    assert lines[2].startswith("26 to train, 6 to validate")
    assert lines[-1] == "use it:  labelkit predict models/latest IMAGES"
    assert "really 60" in done.stderr
    assert "escape" in done.stderr


def test_the_trained_model_is_used_as_the_last_line_says(labelkit: Command, scores: Path) -> None:
    done = labelkit("predict", "models/latest", "base_dir", "--jsonl", "--quiet", cwd=scores)
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [set(t) for t in told] == [{"path", "label", "probabilities", "logit"}] * 32
    assert [t["path"] for t in told] == sorted(t["path"] for t in told)
    assert all(list(t["probabilities"]) == ["60", "100"] for t in told)
    assert all((t["logit"] > 0) == (t["label"] == "100") for t in told)
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere"], "no such folder: nowhere"),
        (["--loader", "generater"], "did you mean 'generator'?"),
        (["--class-mode", "binery"], "did you mean 'binary'?"),
        (["--image-size", "80x"], "'80x' is no image size"),
        (["--classes", "GO,N"], "--classes names 'N'"),
        (["--validation-split", "1"], "between 0 and 1"),
        (["--base-dir", "elsewhere"], "not both"),
    ],
)
def test_wrong_words_exit_with_2_and_one_message(
    labelkit: Command, tmp_path: Path, words: list[str], message: str
) -> None:
    folder = [] if words[0] == "nowhere" else [go_ng()]
    done = labelkit("train", *folder, *QUICK, *words, "--json", cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    error = json.loads(done.stdout)["error"]
    assert message in f"{error['message']} {error['remedy']}"
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_broken_image_exits_with_3_and_is_named(labelkit: Command, tmp_path: Path) -> None:
    draw_set(tmp_path / "base_dir", {"GO": 4, "NG": 4})
    (tmp_path / "base_dir" / "GO" / "003.png").write_bytes(b"broken")
    done = labelkit("train", *QUICK, cwd=tmp_path)
    assert done.returncode == 3
    assert "GO/003.png: this is no image of a known format" in done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["base_dir"]


@pytest.mark.parametrize(("text", "size"), [("80", (80, 80)), ("120x160", (120, 160)), ("120X160", (120, 160))])
def test_size_is_height_and_width(text: str, size: tuple[int, int]) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "x", "80x80x3", "-80", "8.5", "80 x 80", "٨٠"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no image size"):
        parse_size(text)
