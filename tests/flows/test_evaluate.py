from __future__ import annotations

import base64
import csv
import io
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import labelkit
from labelkit.cli.app import app
from labelkit.domain.errors import DataError, ImageError, UsageError
from labelkit.reporting.console import make_console
from labelkit.reporting.evaluate_console import show_evaluation
from labelkit.reporting.evaluate_json import evaluation_json, write_mistakes
from tests.reporting.test_schemas import faults
from tests.training.scenes import bundle, draw_set, go_ng


def with_mistakes(root: Path) -> Path:
    """The training set with two NG images in GO."""
    base = Path(shutil.copytree(go_ng(), root / "base_dir"))
    for name in ("001.jpg", "004.jpg"):
        (base / "NG" / name).rename(base / "GO" / f"moved-{name}")
    return base


def test_figures_are_those_of_the_predictions(tmp_path: Path) -> None:
    base = with_mistakes(tmp_path)
    found = labelkit.evaluate(bundle("generator"), base)
    said = labelkit.predict(bundle("generator"), base)
    really = [Path(p.path).parent.name for p in said]
    right = sum(p.label == name for p, name in zip(said, really, strict=True))
    losses = [-np.log((p.probabilities or {})[name]) for p, name in zip(said, really, strict=True)]
    assert found.metrics.accuracy == pytest.approx(right / len(said))
    assert found.metrics.cross_entropy == pytest.approx(np.mean(losses), rel=1e-5)
    assert found.counts == {"GO": 50, "NG": 22}
    assert {"GO/moved-001.jpg", "GO/moved-004.jpg"} <= {m.path for m in found.mistakes}
    given = [m.probability for m in found.mistakes]
    assert given == sorted(given)
    learned = json.loads((bundle("generator") / "bundle.json").read_text())["learned"]
    shares = [learned[name] / sum(learned.values()) for name in ("GO", "NG")]
    assert found.metrics.prior_cross_entropy == pytest.approx(-(50 * np.log(shares[0]) + 22 * np.log(shares[1])) / 72)


def test_swapped_folders_stop_it_and_both_names_and_the_way_out_are_told(tmp_path: Path) -> None:
    base = Path(shutil.copytree(go_ng(), tmp_path / "swapped"))
    for old, new in (("GO", "x"), ("NG", "GO"), ("x", "NG")):
        (base / old).rename(base / new)
    with pytest.raises(DataError, match="ranks GO and NG the wrong way round") as caught:
        labelkit.evaluate(bundle("generator"), base)
    assert caught.value.exit_code == 3
    assert "index 0 = NG, index 1 = GO" in caught.value.remedy
    found = labelkit.evaluate(bundle("generator"), base, allow_reversed=True)
    assert found.reversal is not None
    assert found.metrics.accuracy < 0.5


def test_another_order_or_a_missing_class_is_right_by_name(tmp_path: Path) -> None:
    base = Path(shutil.copytree(go_ng(), tmp_path / "base_dir"))
    shutil.rmtree(base / "GO")
    found = labelkit.evaluate(bundle("generator"), base)
    assert found.counts == {"GO": 0, "NG": 24}
    assert found.metrics.accuracy > 0.8
    assert evaluation_json(found)["images"] == 24
    assert faults("evaluate", evaluation_json(found)) == []


def test_a_folder_that_the_model_does_not_know_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    base = draw_set(tmp_path / "base_dir", {"Go": 3, "NG": 3})
    with pytest.raises(UsageError, match="no class 'Go'") as caught:
        labelkit.evaluate(bundle("generator"), base)
    assert "did you mean 'GO'" in caught.value.remedy
    parts = draw_set(tmp_path / "parts" / "train", {"GO": 3, "NG": 3}).parent
    with pytest.raises(UsageError, match="holds parts of a dataset"):
        labelkit.evaluate(bundle("generator"), parts)
    (tmp_path / "bare").mkdir()
    with pytest.raises(UsageError, match="no images in class folders"):
        labelkit.evaluate(bundle("generator"), tmp_path / "bare")


def test_a_broken_image_stops_it_by_name(tmp_path: Path) -> None:
    base = Path(shutil.copytree(go_ng(), tmp_path / "base_dir"))
    (base / "NG" / "003.png").write_bytes(b"not an image")
    with pytest.raises(ImageError) as caught:
        labelkit.evaluate(bundle("generator"), base)
    assert caught.value.place.endswith("NG/003.png")


def test_costs_draw_the_line_and_everything_is_told(tmp_path: Path) -> None:
    found = labelkit.evaluate(bundle("generator"), with_mistakes(tmp_path), cost_escape=50)
    assert found.threshold is not None
    assert found.threshold.costs.overkill == 1
    assert found.threshold.at_threshold.rejects == 22
    assert faults("evaluate", evaluation_json(found)) == []
    console = make_console()
    with console.capture() as printed:
        show_evaluation(found, console, None)
    text = printed.get()
    assert "index 0 = GO, index 1 = NG: the output near 1 means NG" in text
    assert "an escape costs 50, an overkill 1:" in text
    assert "GO/moved-001.jpg" in text
    write_mistakes(tmp_path / "m.csv", found)
    with (tmp_path / "m.csv").open(encoding="utf-8-sig", newline="") as f:
        assert [row["file"] for row in csv.DictReader(f)] == [m.path for m in found.mistakes]


@pytest.mark.parametrize("costs", [(0.0, None), (None, -1.0), (float("inf"), 1.0)])
def test_costs_must_be_above_nothing(costs: tuple[float | None, float | None]) -> None:
    with pytest.raises(UsageError, match="must be a number above 0"):
        labelkit.evaluate(bundle("generator"), go_ng(), cost_escape=costs[0], cost_overkill=costs[1])


def test_groups_are_told_the_worst_first_and_add_up(tmp_path: Path) -> None:
    base = with_mistakes(tmp_path)
    plain = labelkit.evaluate(bundle("generator"), base)
    assert plain.groups == ()
    found = labelkit.evaluate(bundle("generator"), base, group_by="{origin}-*")
    (moved,) = found.groups  # the others have no such name
    wrong = {m.path for m in found.mistakes}
    assert (moved.group, moved.images) == ("origin=moved", 2)
    assert moved.right == sum(f"GO/moved-{name}" not in wrong for name in ("001.jpg", "004.jpg"))
    said = {p.path: p.label for p in labelkit.predict(bundle("generator"), base)}
    days = found_by_table(tmp_path, base)
    hits_of: dict[str, list[bool]] = {}
    for path, day in days.items():
        hits_of.setdefault(day, []).append(said[str(base / path)] == path.split("/")[0])
    by_table = labelkit.evaluate(bundle("generator"), base, group_by="shift", metadata=[tmp_path / "shifts.csv"])
    assert {g.group: (g.images, g.right) for g in by_table.groups} == {
        f"shift={day}": (len(hits), sum(hits)) for day, hits in hits_of.items()
    }
    accuracies = [g.accuracy for g in by_table.groups]
    assert accuracies == sorted(accuracies)
    assert not faults("evaluate", evaluation_json(by_table))
    with pytest.raises(UsageError):
        labelkit.evaluate(bundle("generator"), base, group_by="nothing")


def found_by_table(folder: Path, base: Path) -> dict[str, str]:
    """Write a table that gives every image one of three shifts; path to shift."""
    paths = sorted(f"{p.parent.name}/{p.name}" for p in base.glob("*/*"))
    shifts = {path: f"shift{i % 3}" for i, path in enumerate(paths)}
    with (folder / "shifts.csv").open("w", encoding="utf-8", newline="") as f:
        csv.writer(f).writerows([("file", "shift"), *shifts.items()])
    return shifts


def test_the_page_shows_the_mistakes_as_they_are_and_where_it_is(tmp_path: Path) -> None:
    base, page = with_mistakes(tmp_path), tmp_path / "report.html"
    page.write_text("an older one")
    words = ("evaluate", bundle("generator"), base, "--html", page, "--cost-escape", "50", "--json")
    done = CliRunner(env={"NO_COLOR": "1"}).invoke(app, list(map(str, words)))
    assert done.exit_code == 0, done.stderr
    assert f"the page is {page} (" in done.stderr.replace("\n", "")
    told = json.loads(done.stdout)
    text = page.read_text("utf-8")
    shots = re.findall(r'<img src="data:image/jpeg;base64,([^"]+)".*?<bdi class="name">(.*?)</bdi>', text, re.DOTALL)
    assert {name for _, name in shots} == {m["path"] for m in told["mistakes"]}
    data, name = next(shot for shot in shots if shot[1] == "GO/moved-001.jpg")
    with Image.open(io.BytesIO(base64.b64decode(data))) as small, Image.open(base / name) as image:
        assert small.size == image.size == (40, 40)  # never enlarged
        assert np.asarray(small.convert("L")).mean() == pytest.approx(np.asarray(image.convert("L")).mean(), abs=2)
    assert f"{told['threshold']['threshold']:.3f}" in text
    origin = json.loads((bundle("generator") / "bundle.json").read_text())
    assert origin["data"]["sha256"] in text
    assert {line["kind"] for line in told["reject_curve"]["lines"]} == {"no_escape", "half", "no_overkill"}
    assert sum(b["images"] for b in told["reliability"]) == told["images"] == 72


def test_a_page_that_cannot_be_written_is_refused_before_an_image_is_read(tmp_path: Path) -> None:
    runner, page = CliRunner(env={"NO_COLOR": "1"}), tmp_path / "a.html"
    for options in (["--html", str(tmp_path / "no" / "a.html")], ["--html", str(page), "--mistakes", str(page)]):
        done = runner.invoke(app, ["evaluate", "no-bundle", str(tmp_path), *options])
        assert done.exit_code == 2
        assert "no such folder" in done.stderr or "one file for the page and the mistakes" in done.stderr
    assert list(tmp_path.iterdir()) == []
