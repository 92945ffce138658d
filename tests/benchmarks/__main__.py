"""Every benchmark, one after the other: ``make bench``. Each prints its own lines; none asserts seconds."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from pathlib import Path


def main() -> int:
    """Run each ``bench_*`` module in a process of its own, so that peaks of memory are its own too."""
    here = Path(__file__).parent
    names = sorted(found.name for found in pkgutil.iter_modules([str(here)]) if found.name.startswith("bench_"))
    wanted = [name for name in names if not sys.argv[1:] or name.removeprefix("bench_") in sys.argv[1:]]
    done = [subprocess.run([sys.executable, "-m", f"tests.benchmarks.{name}"], check=False) for name in wanted]
    return max((one.returncode for one in done), default=0)


if __name__ == "__main__":
    sys.exit(main())
