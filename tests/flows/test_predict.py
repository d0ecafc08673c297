from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import labelkit
from labelkit.domain.errors import UsageError
from tests.training.scenes import bundle, draw_set, go_ng


def test_files_in_the_order_given_and_folders_sorted() -> None:
    ng, go = go_ng() / "NG" / "002.bmp", go_ng() / "GO" / "001.jpg"
    found = labelkit.predict(bundle("generator"), [ng, go_ng() / "GO", go, ng])
    folder = [str(p) for p in sorted((go_ng() / "GO").iterdir())]
    assert [p.path for p in found] == [str(ng), *folder, str(go), str(ng)]
    assert found[0].label == found[-1].label
    assert found[0].probabilities == pytest.approx(found[-1].probabilities, abs=1e-5)  # of batches of another size
    assert sum(found.counts.values()) == len(found) == 51
    assert str(found).startswith("51 images: GO ")
    assert "<table>" in found._repr_html_()


@pytest.mark.parametrize("loader", ["generator", "flow_from_directory"])
def test_a_broken_image_costs_one_line(tmp_path: Path, loader: str) -> None:
    draw_set(tmp_path / "set", {"A": 6})
    (tmp_path / "set" / "A" / "001.jpg").write_bytes(b"not an image")
    (tmp_path / "set" / "A" / "004.jpg").write_bytes((tmp_path / "set" / "A" / "004.jpg").read_bytes()[:200])
    found = labelkit.predict(bundle(loader), tmp_path / "set")
    assert [bool(p.error) for p in found] == [False, True, False, False, True, False]
    assert found.failed == 2
    assert found[1].as_json() == {"path": found[1].path, "error": found[1].error}
    whole = labelkit.predict(bundle(loader), go_ng())
    assert {p.label for p in whole} <= {"GO", "NG"}
    assert all(p.label == max(p.probabilities or {}, key=(p.probabilities or {}).__getitem__) for p in whole)


def test_the_batch_an_image_is_in_does_not_matter() -> None:
    from labelkit.training.open_bundle import open_bundle
    from labelkit.training.predicting import predict_images

    opened = open_bundle(bundle("generator"))
    paths = [str(p) for p in sorted(go_ng().glob("*/*"))][:20]
    one, many = (list(predict_images(opened, paths, batch_size=n)) for n in (1, 7))
    assert [p.logits[0] for p in one] == pytest.approx([p.logits[0] for p in many], abs=1e-5)
    assert [p.path for p in many] == paths


def test_what_is_not_there_is_told_before_anything_is_judged(tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    with pytest.raises(UsageError, match=r"gone.png \(and 1 more\)"):
        labelkit.predict(bundle("generator"), [go_ng(), tmp_path / "gone.png", tmp_path / "too.png"])
    with pytest.raises(UsageError, match="no images in"):
        labelkit.predict(bundle("generator"), tmp_path / "bare")
    with pytest.raises(UsageError, match="no such bundle"):
        labelkit.predict(tmp_path / "nothing", go_ng())


def test_a_bundle_may_be_moved(tmp_path: Path) -> None:
    moved = shutil.copytree(bundle("generator"), tmp_path / "elsewhere")
    image = go_ng() / "NG" / "000.png"
    assert labelkit.predict(moved, image)[0].logits == labelkit.predict(bundle("generator"), image)[0].logits
