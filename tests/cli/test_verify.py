from __future__ import annotations

import json
from pathlib import Path

from tests.checkout import Command


def test_verify_finds_the_folder_of_the_settings_and_says_what_differs(labelkit: Command, sample: Path) -> None:
    labelkit("sort", "--rules", "rules/threshold.py", cwd=sample)
    (sample / "deeper").mkdir()
    fine = labelkit("verify", cwd=sample / "deeper")
    assert (fine.returncode, fine.stdout) == (0, "")
    assert "base_dir: 93 images as recorded (93 read, 1.2 MB, " in fine.stderr
    go = sorted((sample / "base_dir/GO").iterdir())
    go[0].unlink()
    go[1].write_bytes(b"drawn over")
    found = labelkit("verify", "base_dir", "--json", cwd=sample)
    told = json.loads(found.stdout)
    assert found.returncode == 1
    assert [d["file"] for d in told["missing"]] == [f"GO/{go[0].name}"]
    assert [d["file"] for d in told["altered"]] == [f"GO/{go[1].name}"]
    assert "91 of 93 images as recorded" in found.stderr
    assert "the same sort again places it anew" in found.stderr
    go[1].unlink()
    labelkit("sort", "--rules", "rules/threshold.py", cwd=sample)
    assert labelkit("verify", cwd=sample).returncode == 0
