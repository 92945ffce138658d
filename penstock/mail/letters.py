"""From claimed messages of any kind to letters; used by deliver for each batch.

Mails of sequences are written set by set, notes and alerts one by one: each of them tells another story.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from penstock.errors import NotFoundError
from penstock.mail.compose import Composer, UnrenderableError
from penstock.mail.letter import Footer, Letter, why_colleague
from penstock.mail.outbox import Claim
from penstock.mail.sequence_letters import Skipped, sequence_letters
from penstock.routing.note import TEMPLATE, note_context
from penstock.sequence.plan import KIND
from penstock.sla.alert import alert_context, template_of
from penstock.store.playbooks import Live


def write_letters(
    tx: Connection, live: Live, claims: Sequence[Claim], *, now: datetime, composer: Composer
) -> dict[int, Letter | Skipped]:
    """Return effect id → its letter, or why there is none."""
    mails = [one for one in claims if one.kind == KIND]
    ours = {one.id: _to_colleague(tx, live, one, composer) for one in claims if one.kind != KIND}
    return {**sequence_letters(tx, live, mails, now=now), **ours}


def _to_colleague(tx: Connection, live: Live, one: Claim, composer: Composer) -> Letter | Skipped:
    person = live.operations.people.get(one.recipient or "")
    if person is None:
        return Skipped("no_address", f"the playbook no longer names {one.recipient}")
    try:
        template, context = _story(tx, live, one)
        body = composer.template(template)
    except (NotFoundError, UnrenderableError) as error:
        return Skipped("template_error", str(error))
    footer = Footer(why_colleague(live.operations.sender.company))
    return Letter(kind=one.kind, key=one.key, to=person.email, body=body, context=context, footer=footer)


def _story(tx: Connection, live: Live, one: Claim) -> tuple[str, dict[str, Any]]:
    """Return template and variables of a note or an alert, by the key of its meaning."""
    of, _, turn = one.key.partition(":")
    if one.kind == "handoff_note":
        return TEMPLATE, note_context(tx, live, int(of), int(turn))
    if one.kind == "sla_alert":
        return template_of(int(turn)), alert_context(tx, live, int(of), int(turn))
    raise NotFoundError(f"nobody writes messages of the kind {one.kind}")
