"""Moving what was received of a lead to the one that it is merged into, and back. Used by merge and unmerge.

Every row keeps beside its lead the identifier by which that was found, '' for the one that the lead was made by; moved,
it says that one too. So what came with a lead can be told from what was there before, and so can what comes later under
its identifiers. Facts and consents have natural keys: what the kept lead holds already is not moved, and not read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, exists, literal, select, true, update

from penstock.identity.matching import named, written
from penstock.store.engine import table
from penstock.store.statements import among
from penstock.store.tables import (
    Activity,
    Consent,
    Disposition,
    Fact,
    Identifier,
    Lead,
    Lift,
    Outcome,
    Promotion,
    Touch,
)

LEAD, IDENTIFIER, CONSENT = table(Lead), table(Identifier), table(Consent)
Moved = dict[str, int]
"""Table → rows moved."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A table of what is received of leads: which column names the lead, and what of its key is beside that."""

    rows: Any
    column: str
    key: tuple[str, ...] = ()

    def of_leads(self, rows: Any = None) -> ColumnElement[bool]:  # noqa: ANN401 - the table or an alias
        """Return whether a row is about a lead at all."""
        found = self.rows if rows is None else rows
        return found.c.subject == "lead" if "subject" in found.c else true()

    def whose(self, rows: Any = None) -> ColumnElement[int]:  # noqa: ANN401 - as above
        """Return the column that names the lead."""
        column: ColumnElement[int] = (self.rows if rows is None else rows).c[self.column]
        return column

    def same_key(self, other: Any) -> ColumnElement[bool]:  # noqa: ANN401 - an alias
        """Return whether a row has the key of another, but for the lead."""
        return and_(self.of_leads(other), *(other.c[name] == self.rows.c[name] for name in self.key))


KINDS = (
    Kind(table(Activity), "lead_id"),
    Kind(table(Fact), "subject_id", ("field", "feed", "said_at")),
    Kind(CONSENT, "lead_id", ("purpose", "feed", "said_at")),
    Kind(table(Outcome), "subject_id"),
    Kind(table(Disposition), "subject_id"),
    Kind(table(Lift), "subject_id"),
    Kind(table(Promotion), "subject_id"),
    Kind(table(Touch), "lead_id"),
)


def move_in(tx: Connection, kept: int, joined: Sequence[int]) -> Moved:
    """Move what was received of ``joined`` leads to the kept one, but for keys that it holds.

    Of two of them that hold one key the first moves, and the other stays. Of consents said at once the stricter holds.
    """
    if not joined:
        return {}
    moved = {kind.rows.name: tx.execute(_in(tx, kind, kept, joined)).rowcount for kind in KINDS}
    _let_stricter_hold(tx, kept, joined)
    return moved


def _in(tx: Connection, kind: Kind, kept: int, joined: Sequence[int]) -> Any:  # noqa: ANN401 - an update
    whose, rows = kind.whose(), kind.rows
    theirs = select(LEAD.c.key).where(LEAD.c.id == whose).scalar_subquery()
    found_by = case((rows.c.found_by == "", theirs), else_=rows.c.found_by)
    wanted = [kind.of_leads(), among(tx, whose, joined)]
    if kind.key:
        other = rows.alias("other")
        place = {lead: at for at, lead in enumerate(joined)}
        # The kept lead comes before them all.
        before = case({kept: -1, **place}, value=kind.whose(other)) < case(place, value=whose)
        there = and_(kind.same_key(other), among(tx, kind.whose(other), [kept, *joined]), before)
        wanted.append(~exists(select(1).where(there)))
    return update(rows).where(*wanted).values({kind.column: kept, "found_by": found_by})


def move_out(tx: Connection, sources: Collection[int], lead: int, *, key: str, by: Collection[str]) -> Moved:
    """Move back to a lead of that key what was found ``by`` its identifiers, from the leads that have it."""
    return {kind.rows.name: tx.execute(_out(tx, kind, sources, lead, key=key, by=by)).rowcount for kind in KINDS}


def _out(tx: Connection, kind: Kind, sources: Collection[int], lead: int, *, key: str, by: Collection[str]) -> Any:  # noqa: ANN401 - an update
    rows = kind.rows
    wanted = [kind.of_leads(), among(tx, kind.whose(), sources), among(tx, rows.c.found_by, by)]
    if kind.key:
        other = rows.alias("other")
        wanted.append(~exists(select(1).where(kind.same_key(other), kind.whose(other) == lead)))
    found_by = case((rows.c.found_by == key, ""), else_=rows.c.found_by)
    return update(rows).where(*wanted).values({kind.column: lead, "found_by": found_by})


Said = tuple[Any, ...]
"""Purpose, feed and moment of a consent: its key beside the lead."""
CONTENT = ("granted", "wording", "received_at", "batch_id")


def _consents(tx: Connection, leads: Sequence[int]) -> Iterator[dict[int, Any]]:
    """Yield lead → row of every consent that several of the leads hold of one purpose, feed and moment."""
    found: dict[Said, dict[int, Any]] = defaultdict(dict)
    for row in tx.execute(select(CONSENT).where(among(tx, CONSENT.c.lead_id, leads))):
        found[row.purpose, row.feed, row.said_at][row.lead_id] = row
    return (rows for rows in found.values() if len(rows) > 1)


def _let_stricter_hold(tx: Connection, kept: int, joined: Sequence[int]) -> None:
    """Exchange a kept yes for a no of the same moment; each says whose it is, for unmerge to exchange them back."""
    several = [rows for rows in _consents(tx, [kept, *joined]) if kept in rows and rows[kept].granted]
    found = [(rows[kept], rows[one]) for rows in several for one in joined if one in rows and not rows[one].granted]
    first = {(row.purpose, row.feed, row.said_at): (row, other) for row, other in reversed(found)}
    keys = _keys(tx, [kept, *joined])
    _exchange(tx, first.values(), lambda row: row.found_by or keys[row.lead_id])


def exchange_back(tx: Connection, kept: int, lead: int, *, by: Collection[str]) -> None:
    """Give back the consents that were exchanged for stricter ones of the lead."""
    found = [(rows[kept], rows[lead]) for rows in _consents(tx, [kept, lead]) if rows[kept].found_by in by]
    keys = _keys(tx, [kept, lead])
    whose = {kept: keys[lead], lead: keys[kept]}
    _exchange(tx, found, lambda row: "" if row.found_by == whose[row.lead_id] else row.found_by)


def _exchange(tx: Connection, pairs: Any, found_by: Any) -> None:  # noqa: ANN401 - pairs of rows, and row → text
    rows = [_as_said(to, of, found_by(of)) for one, other in pairs for to, of in ((one, other), (other, one))]
    if rows:
        tx.execute(_SAY, rows)


def _as_said(to: Any, of: Any, found_by: str) -> dict[str, Any]:  # noqa: ANN401 - rows
    key = {"of": to.lead_id, "for": to.purpose, "from": to.feed, "at": to.said_at}
    return key | {f"to_{name}": getattr(of, name) for name in CONTENT} | {"to_found_by": found_by}


_SAY = (
    update(CONSENT)
    .where(
        CONSENT.c.lead_id == bindparam("of"),
        CONSENT.c.purpose == bindparam("for"),
        CONSENT.c.feed == bindparam("from"),
        CONSENT.c.said_at == bindparam("at"),
    )
    .values({name: bindparam(f"to_{name}", type_=CONSENT.c[name].type) for name in (*CONTENT, "found_by")})
)


def _keys(tx: Connection, leads: Sequence[int]) -> dict[int, str]:
    return dict(tx.execute(select(LEAD.c.id, LEAD.c.key).where(among(tx, LEAD.c.id, leads))).tuples().all())


def join_identifiers(tx: Connection, kept: int, lead: int, *, key: str) -> int:
    """Let the kept lead be found by the identifiers of another; each says with which lead it came."""
    home = case((IDENTIFIER.c.home == "", literal(key)), else_=IDENTIFIER.c.home)
    mine = update(IDENTIFIER).where(IDENTIFIER.c.lead_id == lead)
    return tx.execute(mine.values(lead_id=kept, home=home)).rowcount


def part_identifiers(tx: Connection, kept: int, lead: int, *, key: str, keys: Collection[str]) -> set[str]:
    """Give a lead back the identifiers that came with it (``key``), or with those merged into it before (all ``keys``).

    Return by what its rows were found: those, and the keys.
    """
    home = case((IDENTIFIER.c.home == key, ""), else_=IDENTIFIER.c.home)
    came = update(IDENTIFIER).where(IDENTIFIER.c.lead_id == kept, among(tx, IDENTIFIER.c.home, keys))
    rows = tx.execute(came.values(lead_id=lead, home=home).returning(IDENTIFIER.c.kind, IDENTIFIER.c.value))
    return {*keys, *(written(named(row.kind, row.value)) for row in rows)}


def emails_of(tx: Connection, lead: int) -> list[str]:
    """Return the addresses by which a lead of its own was ever found, least first; not those that came with others."""
    mine = (IDENTIFIER.c.kind == "email", IDENTIFIER.c.lead_id == lead, IDENTIFIER.c.home == "")
    return sorted(tx.scalars(select(IDENTIFIER.c.value).where(*mine)))
