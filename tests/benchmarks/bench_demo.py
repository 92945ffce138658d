"""``penstock demo`` as a newcomer runs it, on both databases: its own seconds of each part; for ``make bench``."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.stores import stores, timed

PENSTOCK = Path(sys.executable).with_name("penstock")


def main() -> None:
    """Print what each demo says of its parts, and the whole."""
    print("demo: 60 days, 2,000 leads (limits: 90 s, of which flows 60 s)")
    for name, sessions in stores():
        url = sessions.engine.url.render_as_string(hide_password=False)
        with tempfile.TemporaryDirectory() as place, timed() as taken:
            done = subprocess.run(
                [PENSTOCK, "demo", "--workspace", str(Path(place) / "demo"), *sys.argv[1:]],
                env=os.environ | {"PENSTOCK_DATABASE_URL": url}, capture_output=True, text=True, check=False,
            )  # fmt: skip
        parts = [
            line.strip() for line in done.stderr.splitlines() if line.strip().split(" ")[0].replace(".", "").isdigit()
        ]
        print(f"  {name:<9} {taken[0]:6.1f} s in all, exit {done.returncode}: {' · '.join(parts)}")


if __name__ == "__main__":
    main()
