"""The handoff note: what templates/handoff/note.md may say, as plain values from the store; asked by deliver.

Facts with dates, never a bare score, at most 150 words: every value has its own limit, and where they add up to more
those that matter least are left out. Times are in the calendar of who reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, and_, bindparam, select

from penstock.errors import NotFoundError
from penstock.playbook.definition import Definition
from penstock.routing.handoffs import note_reader
from penstock.routing.phrases import NEXT, NEXT_OTHERWISE, moment_text, short, title_of
from penstock.routing.profile import Subject, latest_lines
from penstock.routing.reasons import Reasons, read_reasons
from penstock.sla.clocks import Calendars
from penstock.store.engine import table
from penstock.store.persons import full_name
from penstock.store.playbooks import Live
from penstock.store.tables import Account, Activity, Assignment, Clock, Handoff, Lead, Spelling
from penstock.store.types import Instant

HANDOFF, ASSIGNMENT, CLOCK = table(Handoff), table(Assignment), table(Clock)
LEAD, ACCOUNT, ACTIVITY, SPELLING = table(Lead), table(Account), table(Activity), table(Spelling)
_COMPANY = select(ACCOUNT.c.name, ACCOUNT.c.domain).where(ACCOUNT.c.id == bindparam("of"))
_PERSON = select(LEAD).where(LEAD.c.id == bindparam("of"))
TEMPLATE = "handoff/note.md"
# 150 are promised; the template's own words take up to 41 of them.
MOST_WORDS = 150
OWN_WORDS = 41
# A question to ask and what to offer; the starters' talk tracks take up to 30.
MOST_OF_TRACK = 40
MOST_OF_LINE = 8
# What is left out first where it gets too long.
LEAST_FIRST = ("already_has", "yours_because", "against", "colleagues", "spoke_of", "said", "fits")


def note_context(
    tx: Connection, live: Live, handoff_id: int, turn: int, *, known: Mapping[int, Reasons] | None = None
) -> dict[str, Any]:
    """Return every variable of the note of a handoff's round; raises NotFoundError for one that does not exist.

    ``known`` has the reasons that were read for the whole batch, by decision.
    """
    row = read_round(tx, handoff_id, turn)
    reasons = (known or {}).get(row.decision_id) or read_reasons(tx, live, row.decision_id)
    working = Calendars(live.operations).of(note_reader(live.operations, row.queue, row.given_to))
    who, company = named(tx, (row.subject, row.subject_id), row.account_id)
    definition = reasons.compiled.definition
    line = line_of(tx, reasons, at=row.created_at)
    spoken = {
        "who": short(who, 5),
        "company": short(company, 5),
        "did": reasons.did(),
        "did_most": reasons.did(1),
        "by": moment_text(row.due_at, working) if row.due_at else "",
        "is_account": row.subject == "account",
        "title": short(reasons.profile.texts.get("title", ""), 6),
        "reach": _reach(row, reasons),
        "tier": tier_title(definition, row.tier),
        "definition": short(definition.title or definition.definition, 6),
        "fits": [short(factor, 6) for factor in reasons.fits[:4]],
        "against": [short(factor, 6) for factor in reasons.against[:2]],
        "deeds": reasons.dated(working, 4),
        "colleagues": [short(named(tx, ("lead", lead), None)[0], 5) for lead in reasons.colleagues[:3]],
        "said": short(reasons.said(), 12),
        "spoke_of": [short(word, 3) for word in reasons.spoke_of()[:3]],
        "source": short(reasons.words_for("source"), 3),
        "campaign": short(reasons.words_for("campaign"), 4),
        "interest": short(title_of(reasons.vocabulary, "line", line), MOST_OF_LINE) if line else "",
        "already_has": _already_has(tx, row, reasons),
        "next_step": next_step(live, reasons, line),
        "yours_because": short(row.why, 16),
        "is_owned": row.given_to is not None,
        "handoff_id": row.id,
    }
    return _within(spoken)


# Built once: building a statement takes longer than its answer.
@cache
def _round() -> Any:  # noqa: ANN401 - a statement
    clock = and_(CLOCK.c.of == "handoff", CLOCK.c.of_id == HANDOFF.c.id, CLOCK.c.round == bindparam("turn"))
    return (
        select(
            HANDOFF,
            LEAD.c.email,
            ASSIGNMENT.c.owner.label("given_to"),
            ASSIGNMENT.c.why,
            CLOCK.c.due_at,
            CLOCK.c.stopped_at,
        )
        .join(ASSIGNMENT, and_(ASSIGNMENT.c.handoff_id == HANDOFF.c.id, ASSIGNMENT.c.round == bindparam("turn")))
        .outerjoin(CLOCK, and_(clock, CLOCK.c.kind == "contact"))
        .outerjoin(LEAD, and_(HANDOFF.c.subject == "lead", LEAD.c.id == HANDOFF.c.subject_id))
        .where(HANDOFF.c.id == bindparam("of"))
    )


def read_round(tx: Connection, handoff_id: int, turn: int) -> Any:  # noqa: ANN401 - a row
    """Return a handoff's row with whom the round gave it to, and its contact clock; raises NotFoundError."""
    row = tx.execute(_round(), {"of": handoff_id, "turn": turn}).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no round {turn} of a handoff {handoff_id}")
    return row


def named(tx: Connection, subject: Subject, account_id: int | None) -> tuple[str, str]:
    """Return the name of a person and their company, or of a company and ''; what is not known is made up for by the
    e-mail address or the id.
    """
    company = tx.execute(_COMPANY, {"of": account_id}).one_or_none()
    firm = (company.name or company.domain or "") if company is not None else ""
    if subject[0] == "account":
        return firm or f"Account {subject[1]}", ""
    lead = tx.execute(_PERSON, {"of": subject[1]}).one()
    return full_name(lead) or lead.email or f"Lead {lead.id}", lead.company or firm


def _reach(row: Any, reasons: Reasons) -> list[str]:  # noqa: ANN401 - a row
    """Return by what a person is reached: phone number and e-mail address, as far as they are known."""
    if row.subject == "account":
        return []
    return [short(said, 5) for said in (reasons.profile.texts.get("phone"), row.email) if said]


def line_of(tx: Connection, reasons: Reasons, *, at: datetime) -> str | None:
    """Return the line that a decision is about: its definition's, else the one that the subject last looked at."""
    stated = reasons.compiled.definition.applies.line
    return stated or latest_lines(tx, reasons.live, [reasons.subject], at=at).get(reasons.subject)


def tier_title(definition: Definition, tier: str) -> str:
    """Return a tier as people say it, '' for none."""
    found = definition.tiers.get(tier)
    return short(found.title, 6) if found is not None and found.title else f"tier {tier}" if tier else ""


def next_step(live: Live, reasons: Reasons, line: str | None) -> str:
    """Return what to do next: the talk track of the line, else what follows from what was asked for."""
    track = live.operations.talk_tracks.get(line or "")
    asked = reasons.deeds[0].kind if reasons.deeds else ""
    return short(track or NEXT.get(asked, NEXT_OTHERWISE), MOST_OF_TRACK)


@cache
def _downloads(subject: str) -> Any:  # noqa: ANN401 - a statement
    kind, asset, a = SPELLING.alias(), SPELLING.alias(), ACTIVITY.c
    return (
        select(asset.c.text)
        .select_from(ACTIVITY)
        .join(kind, kind.c.id == a.kind_id)
        .join(asset, asset.c.id == a.asset_id)
        .where(a[f"{subject}_id"] == bindparam("of"), kind.c.text == "content_downloaded")
        .where(a.received_at <= bindparam("at", type_=Instant))
        .order_by(a.occurred_at.desc(), a.id.desc())
        .limit(20)
    )


def _already_has(tx: Connection, row: Any, reasons: Reasons) -> list[str]:  # noqa: ANN401 - a row
    """Return what they downloaded besides, so that nobody sends it again."""
    found = tx.scalars(_downloads(row.subject), {"of": reasons.subject[1], "at": row.created_at})
    told = {asset for deed in reasons.deeds for asset in deed.assets}
    return [short(text, 4) for text in dict.fromkeys(found) if text not in told][:3]


def _within(spoken: dict[str, Any]) -> dict[str, Any]:
    """Leave out what matters least until the note is short enough."""
    kept = dict(spoken)
    # Why nobody has it is what its reader must know.
    for name in (name for name in LEAST_FIRST if spoken["is_owned"] or name != "yours_because"):
        if _words(kept) + OWN_WORDS <= MOST_WORDS:
            return kept
        kept[name] = type(kept[name])()
    while _words(kept) + OWN_WORDS > MOST_WORDS and len(kept["deeds"]) > 1:
        kept["deeds"] = kept["deeds"][:-1]
    return kept


def _words(value: Any) -> int:  # noqa: ANN401 - a context or a part of it
    if isinstance(value, dict):
        # Said in the subject only, which is not counted.
        return sum(_words(part) for name, part in value.items() if name != "did_most")
    if isinstance(value, list):
        return sum(_words(part) for part in value)
    return len(value.split()) if isinstance(value, str) else 0
