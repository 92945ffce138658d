"""A pipeline run over an unchanged store: statements and seconds at two sizes, on both databases."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.benchmarks.stores import stores, timed
from tests.operations.test_pipeline import run, vendor

DAYS = 4


def main() -> None:
    """Print the figures for each database and size."""
    print("pipeline: a run over a store in which nothing changed")
    for leads in (100, 1000):
        for name, sessions in stores():
            with tempfile.TemporaryDirectory() as place:
                world, now = vendor(sessions, Path(place) / "w", leads=leads, days=DAYS)
                run(world, now)
                with timed() as taken:
                    said = run(world, now)
                print(f"  {name:<9} {leads:>5} leads: {said.total()} statements, {taken[0]:.3f} s")


if __name__ == "__main__":
    main()
