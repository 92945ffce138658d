"""Ingest 200,000 CSV rows, 1 % of them bad: mapped, landed, matched, facts written, queued. Called by ``make bench``.

Four profile fields and an activity a row, in the order of their dates: 50,000 people at 8,000 companies send four forms
each. Beside it a bare executemany of the same rows into one table of texts without index, on the same store, which the
ratio is of. PENSTOCK_BENCH_ROWS changes the number of rows. Figures are of this machine: the ratio is what counts.
"""

from __future__ import annotations

import csv
import os
import random
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.csv_files.feed import CsvFeed, Options
from penstock.mail.keyring import Keyring
from penstock.operations.adopt import run_adopt
from penstock.operations.ingest import run_ingest
from penstock.store.engine import Sessions
from tests.benchmarks.stores import peak_memory, stores, timed
from tests.history import playbook

ROWS = int(os.environ.get("PENSTOCK_BENCH_ROWS", "200000"))
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
START = NOW - timedelta(days=60)
HEADER = ("id", "sent", "form", "document", "email", "title", "company", "country", "industry", "source")
FORMS = ["form_submitted", "content_downloaded", "tool_used", "webinar_registered"]
TITLES = ["Head of Engineering", "Buyer", "Maintenance manager", "Student", "Design engineer", "Quality lead"]
SOURCES = ("Website", "Trade show")
MAPPING = """
stream: forms
files: "*.csv"
external_id: "{id}"
typed: true
at: {column: sent, formats: ["%Y-%m-%d %H:%M:%S"], zone: UTC}
columns: {email: email, title: title, company: company, country: country, industry: industry}
activity: {kind: "{form}", channel: web, source: "{source}", asset: "{document}"}
"""
# What a ratio is measured against: the rows as they are, in the order they have.
BARE = "bare_rows"


def rows() -> list[tuple[str, ...]]:
    """Return the rows of the file; one in a hundred has no date or no address."""
    chance = random.Random(7)
    people = max(1, ROWS // 4)
    found: list[tuple[str, ...]] = []
    for number in range(ROWS):
        person = chance.randrange(people)
        company = person % (people // 6 + 1)
        sent = (START + timedelta(seconds=number * 20)).strftime("%Y-%m-%d %H:%M:%S")
        email = f"person{person}@company{company}.example"
        bad = number % 100
        found.append((
            f"form-{number}", "soon" if bad == 17 and number % 200 > 100 else sent, chance.choice(FORMS),
            f"HX-{chance.randrange(300)} datasheet", "nobody" if bad == 17 and number % 200 < 100 else email,
            TITLES[person % 6], f"Company {company} GmbH", ("DE", "AT", "NL")[company % 3],
            ("Maschinenbau", "mining")[company % 2], SOURCES[chance.random() < 0.1],
        ))  # fmt: skip
    return found


def bare(sessions: Sessions, found: Sequence[tuple[str, ...]]) -> float:
    """Return the seconds that a bare executemany of the rows takes, in one transaction."""
    marks = ", ".join(["?" if sessions.is_sqlite else "%s"] * len(HEADER))
    with sessions.write() as tx:
        tx.exec_driver_sql(f"CREATE TABLE {BARE} ({', '.join(f'c{n} TEXT' for n in range(len(HEADER)))})")
    with timed() as taken, sessions.write() as tx:
        tx.exec_driver_sql(f"INSERT INTO {BARE} VALUES ({marks})", list(found))
    with sessions.write() as tx:
        tx.exec_driver_sql(f"DROP TABLE {BARE}")
    return taken[0]


def main() -> None:
    """Print rows a second, the ratio to the bare executemany, and the peak of memory."""
    with tempfile.TemporaryDirectory(prefix="penstock-bench-") as folder:
        place = Path(folder)
        (place / "forms.yaml").write_text(MAPPING, encoding="utf-8")
        (place / "inbox").mkdir()
        with (place / "inbox" / "forms.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([HEADER, *rows()])
        for name, sessions in stores():
            measure(name, sessions, place)


def measure(name: str, sessions: Sessions, place: Path) -> None:
    """Print the lines of one store."""
    agreed = playbook({"definition": "bench", "tiers": {"A": {"branch": "sales"}}})
    run_adopt(sessions, now=START, playbook=agreed, live_from=START)
    before = peak_memory()
    options = Options(path="inbox", mapping=["forms.yaml"])
    feed = CsvFeed("website", options, workspace=place)
    keyring = Keyring(("a-key-of-at-least-thirty-two-letters",))
    with timed() as taken:
        result = run_ingest(sessions, now=NOW, feed=feed, run="bench", keyring=keyring)
    assert result.rows == ROWS, result
    peak = peak_memory()
    plain = bare(sessions, rows())
    print(
        f"ingest {name}: {ROWS / taken[0]:,.0f} rows/s ({taken[0]:.1f} s for {result.rows:,} rows, {result.landed:,}"
        f" landed, {sum(result.quarantined.values()):,} in quarantine, {result.leads_new:,} leads);"
        f" bare executemany {ROWS / plain:,.0f} rows/s, ratio {plain / taken[0]:.3f};"
        f" peak memory {peak} MB ({before} before)"
    )


if __name__ == "__main__":
    main()
