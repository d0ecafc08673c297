"""`labelkit audit` as it is typed: exit codes, what is printed where, and figures counted again without labelkit."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.auditing.scenes import fill, photo, picture, write
from tests.checkout import Command, quiet_environment


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    """Two classes, a copy, a broken JPEG, a BMP, a note, a file beside."""
    base = fill(tmp_path / "base_dir", GO=12, NG=6)
    write(base / "NG" / "copy.png", (base / "NG" / "i0.png").read_bytes())
    write(base / "GO" / "cut.jpg", photo()[:3000])
    write(base / "GO" / "b.bmp")
    write(base / "NG" / "notes.txt", b"text")
    write(base / "beside.png")
    return base


def as_json(done: subprocess.CompletedProcess[str]) -> dict[str, object]:
    assert done.stdout.isascii()
    assert done.stdout.count("\n") == 1
    value = json.loads(done.stdout)
    assert isinstance(value, dict)
    return value


def test_figures_are_those_of_the_disk(labelkit: Command, scene: Path) -> None:
    told = json.loads(labelkit("audit", "base_dir", "--json", cwd=scene.parent).stdout)
    images = [p for p in sorted(scene.rglob("*")) if p.suffix in {".png", ".jpg", ".bmp"}]
    in_classes = [p for p in images if p.parent != scene]
    counts = Counter(p.parent.name for p in in_classes)
    assert told["files"] == {"seen": len(images), "readable": len(images) - 1, "unreadable": 1, "not_image": 1}
    assert {c["name"]: c["images"] for c in told["classes"]} == dict(counts)
    assert sum(c["share"] for c in told["classes"]) == pytest.approx(1, abs=1e-5)
    assert told["class_map"] == {"classes": ["GO", "NG"], "positive": "NG", "reject": "NG", "source": "text"}
    keras = told["loaders"]["flow_from_directory"]
    assert keras["class_indices"] == {name: i for i, name in enumerate(sorted(counts))}
    assert keras["reads"] == len(in_classes)
    assert keras["validation"] == {name: int(0.2 * n) for name, n in counts.items()}
    assert keras["train"] == {name: n - int(0.2 * n) for name, n in counts.items()}
    assert told["loaders"]["timm"]["skips"] == 1
    by_content: dict[str, list[str]] = {}
    for path in in_classes:
        by_content.setdefault(hashlib.sha256(path.read_bytes()).hexdigest(), []).append(
            path.relative_to(scene).as_posix()
        )
    copies = [group for group in by_content.values() if len(group) > 1]
    assert [f["groups"] for f in told["findings"] if f["check"] == "exact_duplicates"] == [copies]


def test_keys_are_those_of_the_contract(labelkit: Command, scene: Path) -> None:
    told = as_json(labelkit("audit", str(scene), "--json"))
    assert set(told) >= {"schema", "base_dir", "files", "classes", "class_map", "loaders", "findings", "gate"}
    assert told["schema"] == 1
    assert told["gate"] == {"fail_on": "error", "passed": False}
    assert isinstance(told["loaders"], dict)
    assert list(told["loaders"]) == [
        *("flow_from_directory", "image_dataset_from_directory", "torchvision", "huggingface", "timm")
    ]
    for loader in told["loaders"].values():
        assert set(loader) >= {"class_indices", "reads", "skips", "train", "validation"}
    assert isinstance(told["findings"], list)
    for finding in told["findings"]:
        assert set(finding) == {"check", "severity", "message", "remedy", "files", "groups", "numbers", "accepted"}


def test_workers_change_nothing(labelkit: Command, tmp_path: Path) -> None:
    base = fill(tmp_path / "base_dir", GO=250, NG=100)
    write(base / "NG" / "copy.png", (base / "GO" / "i7.png").read_bytes())
    write(base / "NG" / "cut.jpg", photo()[:3000])
    told = [as_json(labelkit("audit", str(base), "--json", "--jobs", str(n))) for n in (1, 2)]
    for one in told:
        del one["timing"]
    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["base_dir"], 1),
        (["base_dir", "--ignore", "unreadable"], 0),
        (["base_dir", "--fail-on", "never"], 0),
        (["base_dir", "--select", "exact_duplicates"], 0),
        (["base_dir", "--select", "exact_duplicates", "--fail-on", "warning"], 1),
        ([], 1),
        (["nowhere"], 2),
        (["base_dir", "--loader", "timmm"], 2),
        (["base_dir", "--select", "duplicate"], 2),
        (["base_dir", "--classes", "GO"], 2),
        (["base_dir", "--positive", "OK"], 2),
        (["base_dir", "--validation-split", "1.5"], 2),
        (["base_dir", "--base-dir", "base_dir"], 2),
    ],
)
def test_exit_codes(labelkit: Command, scene: Path, words: list[str], code: int) -> None:
    done = labelkit("audit", *words, cwd=scene.parent)
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    if code == 2:
        assert done.stderr.startswith("error: ")


def test_failure_is_json_too(labelkit: Command, tmp_path: Path) -> None:
    done = labelkit("audit", "nowhere", "--json", cwd=tmp_path)
    error = as_json(done)["error"]
    assert isinstance(error, dict)
    assert (done.returncode, error["code"]) == (2, 2)
    assert "nowhere" in error["message"]


def test_the_first_line_answers_the_question(labelkit: Command, scene: Path) -> None:
    (scene / "beside.png").unlink()
    lines = labelkit("audit", str(scene)).stderr.splitlines()
    assert lines[0] == "index 0 = GO, index 1 = NG (text order; all five loaders agree): one output near 1 means NG"
    assert lines[1] == 'in your own script: classes=["GO", "NG"];  name = ["GO", "NG"][int(p > 0.5)]'
    assert any("GO/cut.jpg" in line for line in lines)
    assert lines[-1] == "1 error, 1 warning: not passed (--fail-on error)"


def test_the_table_of_loaders_shows_when_they_differ(labelkit: Command, tmp_path: Path, scene: Path) -> None:
    (scene / "beside.png").unlink()
    assert "torchvision" not in labelkit("audit", str(scene)).stderr
    assert "torchvision ImageFolder" in labelkit("audit", str(scene), "--verbose").stderr
    text = labelkit("audit", str(fill(tmp_path / "scores", n60=5, n100=5))).stderr
    assert text.startswith("index 0 = 60, index 1 = 100 (numeric order; not every loader's)")
    assert text.count("text order: the other way round") == 4


def test_several_folders_end_with_the_worst(labelkit: Command, tmp_path: Path, scene: Path) -> None:
    good = fill(tmp_path / "good", GO=5, NG=5)
    done = labelkit("audit", str(good), str(scene), "--json")
    audits = as_json(done)["audits"]
    assert isinstance(audits, list)
    assert [a["gate"]["passed"] for a in audits] == [True, False]
    assert done.returncode == 1


def test_settings_count_and_flags_beat_them(labelkit: Command, scene: Path) -> None:
    (scene.parent / "labelkit.toml").write_text(
        'base_dir = "base_dir"\nclasses = ["NG", "GO"]\nfail_on = "never"\nloader = "generator"\n'
        '[severity]\nclass_imbalance = "error"\n'
    )
    done = labelkit("audit", "--json", cwd=scene.parent)
    told = as_json(done)
    assert done.returncode == 0
    assert isinstance(told["class_map"], dict)
    assert told["class_map"]["classes"] == ["NG", "GO"]
    assert isinstance(told["findings"], list)
    assert {f["severity"] for f in told["findings"] if f["check"] == "class_imbalance"} == {"error"}
    assert labelkit("audit", "--fail-on", "error", cwd=scene.parent).returncode == 1


def test_output_writes_the_object_into_a_file(labelkit: Command, scene: Path, tmp_path: Path) -> None:
    done = labelkit("audit", str(scene), "--output", str(tmp_path / "audit.json"))
    assert done.stdout == ""
    assert json.loads((tmp_path / "audit.json").read_text())["schema"] == 1


def test_quiet_says_nothing(labelkit: Command, scene: Path) -> None:
    done = labelkit("audit", str(scene), "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")


@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "ascii", "latin-1"])
def test_any_terminal_encoding(tmp_path: Path, encoding: str) -> None:
    base = fill(tmp_path / "base_dir", 良=12, 不良=5)
    write(base / "良" / "\x1b[31méa\u202e.png", b"")
    write(base / "良" / os.fsdecode(b"\xff.png"), b"")
    environment = quiet_environment() | {"PYTHONUTF8": "0", "PYTHONIOENCODING": encoding}
    done = subprocess.run(
        [sys.executable, "-m", "labelkit", "audit", str(base), "--verbose"],
        env=environment,
        capture_output=True,
        timeout=120,
        check=False,
    )
    text = done.stderr.decode(encoding)
    assert done.returncode == 1, text
    assert "Traceback" not in text
    assert "\x1b" not in text
    assert ("不良" in text) == (encoding in {"utf-8", "cp932"})
    assert "\\u4e0d\\u826f" in text or encoding in {"utf-8", "cp932"}


def test_no_colour_in_a_pipe(labelkit: Command, scene: Path) -> None:
    plain = labelkit("audit", str(scene), env={"NO_COLOR": "1"}).stderr
    assert "\x1b[" not in plain


def test_named_examples_are_right_in_help(labelkit: Command) -> None:
    text = labelkit("audit", "--help").stdout
    assert "labelkit audit base_dir" in text


SCRIPT = """
import os
import labelkit
from labelkit.engines.local import LocalWorkers

print("begun")
pids = set()
inner = LocalWorkers.run

def watched(self, *args, **kwargs):
    for receipt in inner(self, *args, **kwargs):
        pids.add(receipt.worker)
        yield receipt

LocalWorkers.run = watched
report = labelkit.audit({base!r}, jobs=2)
assert pids and os.getpid() not in pids, pids
print(report.files.seen, report.files.unreadable)
"""


@pytest.mark.parametrize("way", ["unguarded file", "stdin", "exec"])
def test_scripts_audit_with_workers(tmp_path: Path, way: str) -> None:
    base = fill(tmp_path / "base_dir", GO=250, NG=100)
    write(base / "NG" / "cut.jpg", photo()[:3000])
    script = SCRIPT.format(base=str(base))
    file = tmp_path / "script.py"
    file.write_text(script)
    arguments = {
        "unguarded file": [str(file)],
        "stdin": ["-"],
        "exec": ["-c", f"exec(compile({script!r}, '<cell>', 'exec'), {{'__name__': '__main__'}})"],
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", *arguments[way]],
        input=script if way == "stdin" else "",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=quiet_environment(),
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["begun", "351 1"]


def test_planted_modules_are_not_imported(labelkit: Command, scene: Path) -> None:
    for name in ("PIL.py", "conftest.py", "rules.py"):
        (scene / name).write_text("raise SystemExit('planted')")
    picture_count = len(list(scene.rglob("*.png")))
    told = as_json(labelkit("audit", str(scene), "--json", cwd=scene.parent))
    assert isinstance(told["files"], dict)
    assert told["files"]["readable"] == picture_count + 1
    assert picture("x") != picture("y")
