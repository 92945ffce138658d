"""The csv feed passes the suite of all feeds, on plain, hashed, broken, stacked and several files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from tests.connectors.conformance import ids, pages_of, passes
from tests.connectors.drop import HEADER, PEOPLE, Drop

WITH_IDS = PEOPLE + 'external_id: "{E-Mail}"\n'
# Equal good rows, equal bad ones, an empty line and a cell over two lines, around the page's edges.
ROWS = [
    "a@x.example,A,X,2026-01-01\n", "a@x.example,A,X,2026-01-01\n", "too,few\n", "too,few\n", "\n",
    'b@x.example,"B\nb",X,2026-01-02\n', "c@x.example,C,X,soon\n", "c@x.example,C,X,soon\n",
    "a@x.example,A,X,2026-01-01\n",
    'd@x.example,"open,X,2026-01-01\n', "e@x.example,E,X,2026-01-05 10:00\n", "too,few\n",
]  # fmt: skip


@pytest.mark.parametrize("page", [1, 2, 3, 5, 100])
def test_hashed_rows_pass(drop: Drop, now: datetime, page: int) -> None:
    drop.put(HEADER + "".join(ROWS))
    passes(lambda: drop.feed(page=page), now)


@pytest.mark.parametrize("page", [1, 2, 3, 100])
def test_rows_with_ids_pass(drop: Drop, now: datetime, page: int) -> None:
    drop.map(WITH_IDS).put(HEADER + "".join(dict.fromkeys(ROWS[:6] + ROWS[9:])) + "too,few\n")
    passes(lambda: drop.feed(page=page), now)


def test_several_files_and_streams_pass(drop: Drop, now: datetime) -> None:
    for name in ("a.csv", "b.csv", "sub/c.csv"):
        drop.put(HEADER + "".join(f"{name[0]}{n}@x.example,{n},X,2026-01-01\n" for n in range(7)), name)
    drop.map(PEOPLE.replace("people", "others") + "files: sub/*.csv\n", "others.yaml")
    passes(lambda: drop.feed(page=3, mapping=["mapping.yaml", "others.yaml"]), now)


@pytest.mark.parametrize("page", [50, 5000])
@pytest.mark.real
def test_stacked_report_passes(real_data: Path, now: datetime, page: int) -> None:
    workspace = Path(__file__).parent.parent / "real" / "zoom"
    drop = Drop.__new__(Drop)
    drop.workspace = workspace
    passes(lambda: drop.feed(path=str(real_data / "zoom"), mapping="mappings", page=page), now)


def test_overlapping_files_give_equal_ids_for_equal_records(drop: Drop, now: datetime) -> None:
    good = [f"p{n}@x.example,P,X,2026-01-0{n % 3 + 1}\n" for n in range(9)] + ROWS
    drop.put(HEADER + "".join(good[:15]), "monday.csv").put(HEADER + "".join(good[4:]), "tuesday.csv")
    monday, tuesday = (
        ids(pages_of(drop.feed(path=f"inbox/{day}.csv"), "people", now)) for day in ("monday", "tuesday")
    )
    assert set(monday[4:13]) <= set(tuesday)
    both = ids(pages_of(drop.feed(), "people", now))
    assert set(both) == set(monday) | set(tuesday)


def test_equal_rows_are_told_apart_by_their_count(drop: Drop) -> None:
    drop.put(HEADER + ROWS[0] * 3)
    keys = [record.external_id for record in drop.records()]
    assert [key.partition(":")[2] for key in keys] == ["1", "2", "3"]
    assert len({key.partition(":")[0] for key in keys}) == 1
