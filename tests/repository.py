"""The files of the repository, for the tests that read them: what git tracks, or would if it were added."""

from __future__ import annotations

import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


@cache
def files(*below: str) -> tuple[str, ...]:
    """The paths of all files of the repository, or of those below some folders, from its root."""
    command = ["git", "ls-files", "-co", "--exclude-standard", "--", *below]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(path for path in listed.splitlines() if (ROOT / path).is_file())


def sources(*below: str) -> list[tuple[str, str]]:
    """Path and text of each Python file below some folders."""
    return [(path, (ROOT / path).read_text(encoding="utf-8")) for path in files(*below) if path.endswith(".py")]


def project() -> dict[str, Any]:
    """What pyproject.toml says."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
