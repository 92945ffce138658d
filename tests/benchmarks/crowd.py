"""A store of very many leads, filled by the database itself; used by bench_scale.

Accounts have 1 to 50 people, people ten activities each over two years. What is drawn is drawn by arithmetic on the
row's number, so it is the same on both databases and each time.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, text

from penstock.playbook.terms import Terms
from penstock.playbook.vocabulary import Vocabulary
from penstock.store.engine import Sessions, table
from penstock.store.playbooks import read_live
from penstock.store.tables import Spelling, Term
from penstock.store.types import to_micros
from tests.history import VOCABULARY

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ACTIVITIES = 10
HISTORY_SECONDS = 730 * 86_400
# 1 + 2 + … + 50: so many people have fifty accounts of each size together.
MOST_PEOPLE = 50
PEOPLE_OF_ALL_SIZES = MOST_PEOPLE * (MOST_PEOPLE + 1) // 2
CHUNK = 50_000

KINDS = [
    "rfq_submitted", "content_downloaded", "webinar_attended", "page_viewed", "tool_used", "form_submitted",
    "email_opened",
]  # fmt: skip
WORDS: dict[str, list[str]] = {
    "kind": KINDS,
    "channel": ["web", "webinar", "fair"],
    "source": ["Website", "Trade show"],
    "asset": ["hx-200 datasheet", "hx-200 guide", "seal-7 datasheet", "seal-7 guide", "hx-200 page", "seal-7 page"],
    "text": ["urgent, please", "no hurry"],
    "industry": ["Maschinenbau", "mining"],
    "title": ["Engineer", "Buyer", "Head of maintenance"],
    "employees": ["820"],
}


def spelling_ids() -> dict[tuple[str, str], int]:
    """Return (field, text) → spelling id: their place in the list, from 1."""
    every = [(field, word) for field, words in WORDS.items() for word in words]
    return {one: place for place, one in enumerate(every, start=1)}


def fill(sessions: Sessions, leads: int) -> None:
    """Land so many leads with facts and activities, all of them due at ``NOW``."""
    with sessions.write() as tx:
        _write_words(tx)
        tx.exec_driver_sql("CREATE TEMPORARY TABLE place (people BIGINT PRIMARY KEY, account BIGINT NOT NULL)")
        sizes = (size for size in range(1, MOST_PEOPLE + 1) for _ in range(size))
        tx.execute(text("INSERT INTO place VALUES (:p, :a)"), [{"p": p, "a": a} for p, a in enumerate(sizes)])
        for first in range(1, leads + 1, CHUNK):
            for statement in _statements(sessions.is_sqlite, first, min(first + CHUNK - 1, leads)):
                tx.execute(text(statement))
    with sessions.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as tx:
        if not sessions.is_sqlite:
            # What PostgreSQL does by itself between an import and the work on it; the tests' server does not.
            tx.execute(text("VACUUM"))
            for name, of in (("account", "account"), ("lead", "lead"), ("activity", "activity")):
                tx.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {of}"))
        tx.execute(text("ANALYZE"))


def _write_words(tx: Connection) -> None:
    ids, terms = spelling_ids(), Terms(Vocabulary.model_validate(VOCABULARY))
    version = read_live(tx).definition_id
    tx.execute(insert(table(Spelling)), [{"id": i, "field": f, "key": t, "text": t} for (f, t), i in ids.items()])
    rows: list[dict[str, Any]] = [
        {"version_id": version, "spelling_id": i, "field": of, "term": term}
        for (field, word), i in ids.items()
        for of, term in terms.of(field, word)
    ]
    tx.execute(insert(table(Term)), rows)


def _drawn(of: str, salt: int, many: int) -> str:
    """Return an expression that draws from 0 to ``many`` - 1; squared in between, or neighbours would lie evenly."""
    begun = f"(({of} * 48271 + {salt} * 104729) % 2147483647)"
    return f"({begun} * {begun} % 2147483647 * 16807 % 2147483647) % {many}"


def _word(field: str, of: str, salt: int) -> str:
    ids = spelling_ids()
    return f"{ids[field, WORDS[field][0]]} + {_drawn(of, salt, len(WORDS[field]))}"


def _statements(is_sqlite: bool, first: int, last: int) -> list[str]:
    """Return the inserts of the leads from ``first`` to ``last``; the texts are ours, so nothing is bound."""
    at, ids = to_micros(NOW), spelling_ids()
    numbers = _numbers(is_sqlite, first, last)
    people = f"SELECT n, (n - 1) / {PEOPLE_OF_ALL_SIZES} * {MOST_PEOPLE} + account AS account FROM ({numbers}) x JOIN place ON people = (n - 1) % {PEOPLE_OF_ALL_SIZES}"  # noqa: E501
    acts = f"SELECT n, k, n * {ACTIVITIES} + k AS i FROM ({numbers}) x CROSS JOIN ({_numbers(is_sqlite, 0, ACTIVITIES - 1, 'k')}) y"  # noqa: E501
    said = "INSERT INTO fact (subject, subject_id, field, feed, said_at, spelling_id, number, typed, received_at, landed_at, found_by)"  # noqa: E501
    once = "ON CONFLICT DO NOTHING"
    industry = f"{ids['industry', 'Maschinenbau']} + account % 2"
    return [
        f"INSERT INTO account (id, key, created_at) SELECT DISTINCT account, 'a' || account, {at} FROM ({people}) p WHERE true {once}",  # noqa: E501
        f"INSERT INTO lead (id, key, rank, account_id, created_at, updated_at) SELECT n, 'l' || n, n, account, {at}, {at} FROM ({people}) p",  # noqa: E501
        f"{said} SELECT 'lead', n, 'industry', 'crm', {at}, {industry}, NULL, {_false(is_sqlite)}, {at}, {at}, '' FROM ({people}) p",  # noqa: E501
        f"{said} SELECT 'lead', n, 'title', 'crm', {at}, {_word('title', 'n', 1)}, NULL, {_false(is_sqlite)}, {at}, {at}, '' FROM ({numbers}) p",  # noqa: E501
        f"{said} SELECT 'lead', n, 'employees', 'crm', {at}, {ids['employees', '820']}, 820000, {_false(is_sqlite)}, {at}, {at}, '' FROM ({numbers}) p",  # noqa: E501
        _activities(acts, at),
        f"INSERT INTO rescore (subject, subject_id, due_at, live_at) SELECT 'lead', n, {at}, {at} FROM ({numbers}) p",
        f"INSERT INTO receipt (subject, subject_id, at) SELECT 'lead', n, {at} FROM ({numbers}) p",
    ]


def _activities(acts: str, at: int) -> str:
    return (
        "INSERT INTO activity (feed, stream, external_id, lead_id, occurred_at, received_at, landed_at, kind_id,"
        " channel_id, source_id, asset_id, text_id, found_by)"
        f" SELECT 'web', 's', n || '-' || k, n, {at} - {_drawn('i', 2, HISTORY_SECONDS)} * 1000000, {at}, {at},"
        f" {_word('kind', 'i', 3)}, {_word('channel', 'i', 4)}, {_word('source', 'i', 5)}, {_word('asset', 'i', 6)},"
        f" CASE WHEN {_drawn('i', 7, 10)} = 0 THEN {_word('text', 'i', 8)} END, '' FROM ({acts}) a"
    )


def _false(is_sqlite: bool) -> str:
    return "0" if is_sqlite else "FALSE"


def _numbers(is_sqlite: bool, first: int, last: int, name: str = "n") -> str:
    if is_sqlite:
        rise = f"SELECT {first} AS {name} UNION ALL SELECT {name} + 1 FROM rise WHERE {name} < {last}"
        return f"WITH RECURSIVE rise AS ({rise}) SELECT {name} FROM rise"
    return f"SELECT CAST({name} AS BIGINT) AS {name} FROM generate_series({first}, {last}) AS {name}"
