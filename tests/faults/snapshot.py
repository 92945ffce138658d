"""Everything that a store and a mail log hold, by natural keys: the same for two stores that mean the same.

Ids, leases and fences are left out: a transaction that was rolled back uses ids up. Where a text or a key of meaning
names an id, its natural key stands instead. ``timed=False`` leaves out every instant too, for a rerun at a later `now`.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select

from penstock.mail.links import read_token
from penstock.store.engine import Sessions, table
from penstock.store.tables import (
    Account,
    Activity,
    Batch,
    Clock,
    Decision,
    Effect,
    Enrolment,
    Handoff,
    Lead,
    PlaybookVersion,
    Spelling,
)
from penstock.store.types import Instant, Row
from tests.faults.world import KEYRING

Rows = list[dict[str, Any]]
Meaning = dict[str, list[str]]
"""Table (and ``mail`` for what left) → its rows as sorted JSON."""
LEFT_OUT = frozenset({"id", "fence", "claimed_until", "rfc_message_id", "now"})
# Columns that hold an id → whose; ``subject_id`` and ``of_id`` say it in the column beside.
REFERENCES = {
    "lead_id": "lead", "account_id": "account", "merged_into": "lead", "parent_id": "account", "handoff_id": "handoff",
    "kept_id": "lead", "merged_id": "lead",
    "clock_id": "clock", "enrolment_id": "enrolment", "decision_id": "decision", "version_id": "playbook_version",
    "definition_id": "playbook_version", "operations_id": "playbook_version", "batch_id": "batch",
    "activity_id": "activity", "spelling_id": "spelling", **{
        f"{word}_id": "spelling" for word in ("kind", "channel", "source", "campaign", "asset", "line", "text")
    },
}  # fmt: skip
OWNER_OF_KEY = {"sequence_mail": "enrolment", "handoff_note": "handoff", "sla_alert": "clock"}
_TABLES = Row.metadata.tables
CLOCK_TIME = re.compile(r"\b\d{1,2}:\d\d\b")
# Which run of Prefect's it was: an id too.
RUN = ("batch", "run")


@dataclass(frozen=True)
class Record:
    """Everything that a store and a mail log hold, as it is."""

    rows: Mapping[str, Rows]
    mails: list[list[Any]]
    """What left, in order: Message-ID, recipient, subject, text, HTML, headers."""


def record(sessions: Sessions, log: Path, tables: Iterable[str] = _TABLES) -> Record:
    """Read every row of (these, else) all tables, and every mail that left."""
    with sessions.read() as tx:
        rows = {one: _rows(tx.execute(select(_TABLES[one])).mappings()) for one in tables}
    sessions.close()
    return Record(
        rows, read_folder(log) if log.is_dir() else [json.loads(line) for line in log.read_bytes().splitlines()]
    )


def read_folder(folder: Path) -> list[list[Any]]:
    """Return the mails of a mail folder, as those of a log: Message-ID, recipient, subject, text, HTML, headers."""
    return [
        _letter(message_from_bytes(one.read_bytes(), policy=policy.default)) for one in sorted(folder.glob("*.eml"))
    ]


def _letter(mail: Any) -> list[Any]:
    texts = [mail.get_body([kind]).get_content() for kind in ("plain", "html")]
    return [str(mail["Message-ID"]), str(mail["To"]), str(mail["Subject"]), *texts, {"Date": str(mail["Date"])}]


def _rows(found: Iterable[Mapping[Any, Any]]) -> Rows:
    return sorted((dict(row) for row in found), key=lambda row: repr(list(row.values())))


@dataclass
class Names:
    """Id → natural key, for each table that others refer to."""

    of: dict[str, dict[int, str]]

    def text(self, text: str) -> str:
        """Return a text of a mail with the handoff and the signed link replaced by what they stand for."""
        text = re.sub(
            r"handoff answer (\d+)", lambda found: f"handoff answer {self.of['handoff'][int(found[1])]}", text
        )
        return re.sub(r"/u/([\w.-]+)", self._link, text)

    def _link(self, found: re.Match[str]) -> str:
        leaving = read_token(KEYRING, found[1])
        return f"/u/{self.of['lead'][leaving.lead_id]}/{leaving.purpose}"


def names(rows: Mapping[str, Rows]) -> Names:
    """Name everything that has an id of its own."""
    of: dict[str, dict[int, str]] = {}
    made = Names(of)
    of["lead"] = {row["id"]: row["key"] for row in rows[_name(Lead)]}
    of["account"] = {row["id"]: row["key"] for row in rows[_name(Account)]}
    of["playbook_version"] = {row["id"]: row["hash"] for row in rows[_name(PlaybookVersion)]}
    of["spelling"] = {row["id"]: f"{row['field']}:{row['key']}" for row in rows[_name(Spelling)]}
    of["batch"] = {row["id"]: f"{row['feed']}/{row['page']}" for row in rows[_name(Batch)]}
    of["activity"] = {row["id"]: f"{row['feed']}/{row['external_id']}" for row in rows[_name(Activity)]}
    of["decision"] = _decisions(made, rows[_name(Decision)])
    handoff: Callable[[Any], str] = lambda row: f"{_subject(made, row)} {row['queue']}:{row['conversation']}"  # noqa: E731
    of["handoff"] = {row["id"]: handoff(row) for row in rows[_name(Handoff)]}
    of["clock"] = {r["id"]: f"{of['handoff'][r['of_id']]} {r['kind']}:{r['round']}" for r in rows[_name(Clock)]}
    enrolments = rows[_name(Enrolment)]
    of["enrolment"] = {r["id"]: f"{of['lead'][r['lead_id']]} {r['sequence']}:{r['run']}" for r in enrolments}
    return made


def _decisions(made: Names, rows: Rows) -> dict[int, str]:
    """Decisions are named by subject, definition and their place among its moments, which a later `now` shifts."""
    ordered: dict[str, list[int]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row["moment"], row["id"])):
        ordered[f"{_subject(made, row)} {row['definition']}"].append(row["id"])
    return {one: f"{key}#{place}" for key, ids in ordered.items() for place, one in enumerate(ids, 1)}


def _name(model: type[Row]) -> str:
    return table(model).name


def _subject(made: Names, row: Mapping[str, Any]) -> str:
    return made.of[row["subject"]][row["subject_id"]]


def meaning(of: Record, *, timed: bool = True, without: frozenset[str] = frozenset()) -> Meaning:
    """Return all that counts; ``without`` names messages to leave out (those that were in flight at a kill)."""
    made = names(of.rows)
    effects = [row for row in of.rows["effect"] if message_name(made, row) not in without]
    keys = {row["rfc_message_id"]: message_name(made, row) for row in of.rows["effect"]}
    tables = {name: effects if name == "effect" else rows for name, rows in of.rows.items()}
    plain = {name: sorted(_plain(made, _TABLES[name], row, timed) for row in rows) for name, rows in tables.items()}
    mails = ([keys[message_id], *rest] for message_id, *rest in of.mails if keys[message_id] not in without)
    return plain | {"mail": sorted(made.text(_json(mail, timed)) for mail in mails)}


def message_name(made: Names, row: Mapping[str, Any]) -> str:
    """Return the key of a message's meaning, by natural keys."""
    of, _, rest = row["key"].partition(":")
    return f"{row['kind']} {made.of[OWNER_OF_KEY[row['kind']]][int(of)]} {rest}"


def _plain(made: Names, one: Table, row: Mapping[str, Any], timed: bool) -> str:
    values = {name: _value(made, one, row, name, timed) for name in row if name not in LEFT_OUT}
    timeless = {n: v for n, v in values.items() if timed or not isinstance(one.c[n].type, Instant)}
    return _json(timeless, timed)


def _value(made: Names, one: Table, row: Mapping[str, Any], name: str, timed: bool) -> Any:  # noqa: PLR0911 - a line a kind
    value = row[name]
    if value is None or (one.name, name) == RUN:
        return None
    if name == "subject_id" and row["subject"] in made.of:
        return _subject(made, row)
    if name == "of_id":
        return made.of[row["of"]][value]
    if name in REFERENCES:
        return made.of[REFERENCES[name]].get(value, value)
    if one.name == _name(Effect) and name == "key":
        return message_name(made, row)
    if name == "evidence":
        mask, hits = json.loads(value)
        return [mask, sorted([made.of["activity"][hit], *rest] for hit, *rest in hits)]
    if name == "levels" and not timed:
        return [[level, whom] for level, _, whom in json.loads(value)]
    return str(value)


def _json(value: Any, timed: bool) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if timed else CLOCK_TIME.sub("TIME", text)


def in_flight(of: Record) -> frozenset[str]:
    """Return the messages that were attempted and not settled."""
    made = names(of.rows)
    flying = (row for row in of.rows["effect"] if row["status"] == "claimed" and row["attempted_at"] is not None)
    return frozenset(message_name(made, row) for row in flying)


def unknown(of: Record) -> frozenset[str]:
    """Return the messages whose outcome nobody knows."""
    made = names(of.rows)
    return frozenset(message_name(made, row) for row in of.rows["effect"] if row["status"] == "unknown")


def sent_twice(of: Record) -> list[str]:
    """Return the Message-IDs that left more than once."""
    return [one for one, count in Counter(mail[0] for mail in of.mails).items() if count > 1]


def differences(found: Meaning, wanted: Meaning) -> list[str]:
    """Return what one has and the other lacks, by table; empty when they mean the same."""
    return [
        f"{sign} {name} {row}"
        for name in wanted
        for sign, here, there in (("+", found[name], wanted[name]), ("-", wanted[name], found[name]))
        for row in _surplus(here, there)
    ]


def _surplus(here: list[str], there: list[str]) -> list[str]:
    rest = list(there)
    return [row for row in here if row not in rest or rest.remove(row) is not None]  # type: ignore[func-returns-value]
    # takes one of equals
