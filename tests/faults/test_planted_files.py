"""Python files that lie among images, or where a person works, are not run; nor are rules that nobody named."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.checkout import copy_sample, quiet_environment

PLANTED = ("conftest.py", "rules.py", "PIL.py", "numpy.py", "sitecustomize.py", "labelkit.py", "json.py")


def test_planted_modules_are_not_imported(tmp_path: Path) -> None:
    where = copy_sample(tmp_path / "checkout")
    mark = tmp_path / "was run"
    for folder in (where, where / "sample_data" / "raw", where / "rules"):
        for name in PLANTED:
            (folder / name).write_text(f"open({str(mark)!r}, 'w').close()\n", encoding="utf-8")
    command = [str(Path(sys.executable).parent / "labelkit"), "sort", "--rules", "rules/dark.py", "--quiet"]
    done = subprocess.run(command, cwd=where, env=quiet_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (where / "base_dir").is_dir()
    assert not mark.exists()
