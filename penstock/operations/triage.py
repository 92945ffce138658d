"""Who waits in triage: who they are, what is unclear about them in the feed's own words, and what would end it.

Called by ``waits`` for the artifacts of flows and for `penstock status`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select

from penstock.playbook.decide import NO_ROUTE, UNKNOWN_SOURCE
from penstock.routing.phrases import listed
from penstock.routing.profile import Profile, Subject, latest_lines, read_profiles
from penstock.store.engine import table
from penstock.store.persons import full_name, is_present
from penstock.store.playbooks import Live, read_live
from penstock.store.tables import Account, Decision, Lead, Score

DECISION, SCORE, LEAD, ACCOUNT = table(Decision), table(Score), table(Lead), table(Account)
# Enough to act on; the exports have all.
MOST_LISTED = 20
VOCABULARY = "playbook/vocabulary.yaml"


@dataclass(frozen=True, slots=True)
class InTriage:
    """A lead or account that a person in marketing should look at, under which definition, why, and what to do."""

    subject: str
    subject_id: int
    definition: str
    reason: str
    since: datetime
    who: str = ""
    """Name, e-mail address and company, as far as they are known."""
    unclear: str = ""
    """What is unclear, as the feed spelt it."""
    remedy: str = ""
    also: tuple[str, ...] = ()
    """Other definitions under which it waits for the same."""

    @property
    def definitions(self) -> str:
        """Return the definitions in words, the first two of them by name."""
        return listed([self.definition, *self.also])


def in_triage() -> ColumnElement[bool]:
    """Return whether a score's subject waits in triage: by branch, for what was there before going live waits for
    nobody.
    """
    return (SCORE.c.branch == "triage") & is_present(SCORE)


def read_triage(tx: Connection, *, now: datetime, vocabulary: str = VOCABULARY) -> tuple[InTriage, ...]:
    """Return the twenty that have waited longest, each with what it waits for; ``vocabulary`` is the file to add
    spellings to, for the remedy.
    """
    rows = _rows(tx)
    if not rows:
        return ()
    live = read_live(tx)
    subjects: list[Subject] = [(row.subject, row.subject_id) for row in rows]
    known = _Known(
        live=live,
        profiles=read_profiles(tx, live, subjects, at=now),
        lines=latest_lines(tx, live, subjects, at=now),
        who=_people(tx, subjects),
        vocabulary=vocabulary,
    )
    same: dict[tuple[Subject, str, str], list[InTriage]] = {}
    for one in (_entry(row, known) for row in rows):
        same.setdefault(((one.subject, one.subject_id), one.unclear, one.remedy), []).append(one)
    return tuple(replace(first, also=tuple(one.definition for one in others)) for first, *others in same.values())


def count_triage(tx: Connection) -> int:
    """Return how many leads and accounts wait in triage, under however many definitions."""
    waiting = select(SCORE.c.subject, SCORE.c.subject_id).where(in_triage()).distinct().subquery()
    return int(tx.execute(select(func.count()).select_from(waiting)).scalar_one())


@dataclass(frozen=True, slots=True)
class _Known:
    """What the entries of the list are written from."""

    live: Live
    profiles: dict[Subject, Profile]
    lines: dict[Subject, str]
    who: dict[Subject, str]
    vocabulary: str


def _rows(tx: Connection) -> Sequence[Any]:
    of = [SCORE.c.subject, SCORE.c.subject_id, SCORE.c.definition]
    same = and_(*(DECISION.c[column.name] == column for column in of))
    latest = select(func.max(DECISION.c.moment)).where(same).correlate(SCORE).scalar_subquery()
    joined = SCORE.join(DECISION, and_(same, DECISION.c.moment == latest))
    who, since = of[:2], func.min(DECISION.c.moment).label("since")
    waiting = select(*who, since).select_from(joined).where(in_triage()).group_by(*who)
    # Of whoever waits under many definitions all rows are needed, to say it once.
    longest = waiting.order_by(since, *who).limit(MOST_LISTED).subquery("longest")
    theirs = joined.join(longest, and_(*(longest.c[column.name] == column for column in who)))
    rows = select(*of, DECISION.c.reason, DECISION.c.moment, SCORE.c.tier).select_from(theirs).where(in_triage())
    return tx.execute(rows.order_by(longest.c.since, *who, DECISION.c.moment, SCORE.c.definition)).all()


def _people(tx: Connection, subjects: Sequence[Subject]) -> dict[Subject, str]:
    """Return each subject in a few words; two statements."""
    ids = {kind: [own for of, own in subjects if of == kind] for kind in ("lead", "account")}
    found: dict[Subject, str] = {}
    for row in tx.execute(select(LEAD).where(LEAD.c.id.in_(ids["lead"]))):
        found["lead", row.id] = ", ".join(filter(None, (full_name(row), row.email, row.company)))
    for row in tx.execute(select(ACCOUNT).where(ACCOUNT.c.id.in_(ids["account"]))):
        found["account", row.id] = ", ".join(filter(None, (row.name, row.domain)))
    return found


def _entry(row: Any, known: _Known) -> InTriage:  # noqa: ANN401 - a row
    subject = (row.subject, row.subject_id)
    promote = f"`penstock lead promote {row.subject_id} --reason …`" if row.subject == "lead" else "tell sales by hand"
    if UNKNOWN_SOURCE in row.reason:
        source = known.profiles[subject].texts.get("source", "")
        unclear = f'source "{source}" is in no spelling of the vocabulary' if source else "no source is known"
        remedy = f"add the spelling to a source in {known.vocabulary}, or {promote}"
    elif NO_ROUTE in row.reason:
        unclear = f"no route takes {_route_words(row, known)}"
        remedy = f"add a route for it, or a last one without conditions, or {promote}"
    else:
        unclear, remedy = row.reason, f"look at it with `penstock explain {_name(subject)}`, then {promote}"
    stands = (row.subject, row.subject_id, row.definition, row.reason, row.moment)
    return InTriage(*stands, who=known.who.get(subject, ""), unclear=unclear, remedy=remedy)


def _route_words(row: Any, known: _Known) -> str:  # noqa: ANN401 - a row
    """Return what routes go by, as it was said: region or country, line, tier."""
    subject = (row.subject, row.subject_id)
    texts, definition = known.profiles[subject].texts, known.live.deciding.definitions.get(row.definition)
    stated = (definition.applies.line if definition is not None else None) or known.lines.get(subject)
    said = [f'{name} "{texts[name]}"' for name in ("region", "country", "industry") if name in texts]
    said += [f"line {stated}"] if stated else []
    return ", ".join([*said, f"tier {row.tier}"])


def _name(subject: Subject) -> str:
    kind, own = subject
    return str(own) if kind == "lead" else f"account:{own}"
