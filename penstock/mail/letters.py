"""From claimed messages of any kind to letters; used by deliver for each batch.

Each note and alert tells another story; the reasons behind those of a batch are read together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from penstock.errors import NotFoundError
from penstock.mail.compose import Composer, UnrenderableError
from penstock.mail.letter import Footer, Letter, why_colleague
from penstock.mail.outbox import Claim
from penstock.mail.sequence_letters import Skipped, sequence_letters
from penstock.routing.alert import alert_context, template_of
from penstock.routing.note import TEMPLATE, note_context
from penstock.routing.reasons import Reasons, read_many_reasons
from penstock.routing.rise_note import RISE_TEMPLATE, rise_context
from penstock.sequence.plan import KIND
from penstock.store.engine import table
from penstock.store.playbooks import Live
from penstock.store.tables import Handoff

HANDOFF = table(Handoff)


def write_letters(
    tx: Connection, live: Live, claims: Sequence[Claim], *, now: datetime, composer: Composer
) -> dict[int, Letter | Skipped]:
    """Return effect id → its letter, or why there is none."""
    mails = [one for one in claims if one.kind == KIND]
    others = [one for one in claims if one.kind != KIND]
    known = _reasons(tx, live, others)
    ours = {one.id: _to_colleague(tx, live, one, composer, known=known) for one in others}
    return {**sequence_letters(tx, live, mails, now=now), **ours}


def _reasons(tx: Connection, live: Live, claims: Sequence[Claim]) -> dict[int, Reasons]:
    handoffs = {one.handoff_id for one in claims if one.handoff_id is not None}
    if not handoffs:
        return {}
    of = select(HANDOFF.c.decision_id).where(HANDOFF.c.id.in_(sorted(handoffs)))
    return read_many_reasons(tx, live, tx.scalars(of).all())


def _to_colleague(
    tx: Connection, live: Live, one: Claim, composer: Composer, *, known: Mapping[int, Reasons]
) -> Letter | Skipped:
    person = live.operations.people.get(one.recipient or "")
    if person is None:
        return Skipped("no_address", f"the playbook no longer names {one.recipient}")
    try:
        template, context = _story(tx, live, one, known)
        body = composer.template(template)
    except (NotFoundError, UnrenderableError) as error:
        return Skipped("template_error", str(error))
    footer = Footer(why_colleague(live.operations.sender.company))
    return Letter(kind=one.kind, key=one.key, to=person.email, body=body, context=context, footer=footer)


def _story(tx: Connection, live: Live, one: Claim, known: Mapping[int, Reasons]) -> tuple[str, dict[str, Any]]:
    """Return template and variables of a note or an alert, by the key of its meaning."""
    of, turn, *rise = one.key.split(":")
    if one.kind == "handoff_note" and rise:
        return RISE_TEMPLATE, rise_context(tx, live, int(of), int(turn), rise=(rise[0], rise[1]))
    if one.kind == "handoff_note":
        return TEMPLATE, note_context(tx, live, int(of), int(turn), known=known)
    if one.kind == "sla_alert":
        return template_of(int(turn)), alert_context(tx, live, int(of), int(turn), known=known)
    raise NotFoundError(f"nobody writes messages of the kind {one.kind}")
