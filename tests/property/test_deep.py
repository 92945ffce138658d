"""`make test-deep` runs every generated test: those that pytest takes for one, and those marked because it does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__)


def test_whatever_draws_many_examples_is_run_by_test_deep() -> None:
    asked = ["--collect-only", "-q", "-n", "0", "-m", "hypothesis", str(HERE.parent)]
    told = subprocess.run([sys.executable, "-m", "pytest", *asked], capture_output=True, text=True, check=True).stdout
    others = [file for file in HERE.parent.glob("test_*.py") if file != HERE]
    drawing = [file.name for file in others if "many(" in file.read_text(encoding="utf-8")]
    assert len(drawing) > 1
    assert [name for name in drawing if name not in told] == []
