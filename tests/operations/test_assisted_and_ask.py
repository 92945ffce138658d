"""Who is assisted gets the sequence in the owner's name, who lacks something is asked for it; to the mail itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from penstock.mail.compose import Composer
from penstock.mail.keyring import Keyring
from penstock.mail.links import Links
from penstock.operations.adopt import run_adopt
from penstock.operations.pipeline import PIPELINE, Source, World, units, work
from penstock.operations.preview import preview
from penstock.records import ConsentSaid, Happening, OutgoingMail, Record
from penstock.store.engine import Sessions
from penstock.store.tables import Decision, Enrolment, Handoff
from tests.cast import OPERATIONS, Firm
from tests.fakes import RecordingMailer
from tests.history import DAY, playbook
from tests.operations.landing import LIVE_FROM, ListFeed

KEYS = Keyring(("a-key-of-at-least-thirty-two-letters",))
WEBINAR: dict[str, Any] = {
    "definition": "webinar",
    "intent": {"rules": {"attended": {"points": 30, "did": "webinar_attended"}}},
    "tiers": {"B": {"needs": {"intent": 30}, "branch": "assisted", "sequence": "from-the-owner"}},
    "exceptions": {"role": {"function": {"is": "missing"}, "branch": "ask", "sequence": "your-role"}},
}
SEQUENCES = {name: {"steps": {"one": {"mail": name}}} for name in ("from-the-owner", "your-role")}
MAILS = {
    "from-the-owner": "Subject: The slides\n\n{{ greeting }} it is me, {{ sender.name }} of {{ sender.company }}.\n",
    "your-role": "Subject: One question\n\n{{ greeting }} what do you work on? {{ sender.name }}\n",
}
AGREED = playbook(WEBINAR, **OPERATIONS, sequences=SEQUENCES, mails=MAILS)


def sent(store: Sessions, now: datetime, **fields: str) -> list[OutgoingMail]:
    """Let the pipeline take somebody who attended a webinar; return the mails that left."""
    run_adopt(store, now=LIVE_FROM, playbook=AGREED, live_from=LIVE_FROM)
    said = ConsentSaid("marketing", granted=True, wording="I agree")
    attended = Happening("webinar_attended", source="Website")
    one = Record(
        "w-1", now, "jana@brunner.example", fields={"first_name": "Jana", **fields}, happening=attended, consent=said
    )
    mailer = RecordingMailer(repeatable=True)
    composer = Composer(links=Links(KEYS, "https://mail.firm.example"))
    world = World(store, [Source(ListFeed([one]))], mailer, composer, KEYS, lambda: now)
    for unit in units(world, PIPELINE):
        work(world, unit, now=now)
    return list(mailer.sent)


def test_assisted_lead_gets_the_sequence_in_the_owners_name(store: Sessions, now: datetime) -> None:
    [mail] = sent(store, now, title="Design Engineer", owner="A. Vogt")
    assert (mail.to, mail.sender, mail.headers["Reply-To"]) == (
        "jana@brunner.example", "Anna Vogt <a@firm.example>", "Anna Vogt <anna@firm.example>"
    )  # fmt: skip
    assert "Hello Jana, it is me, Anna Vogt of Firm." in mail.text
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize("owner", ["", "Somebody Else"])
def test_without_an_owner_of_ours_the_sender_writes(store: Sessions, now: datetime, owner: str) -> None:
    [mail] = sent(store, now, title="Design Engineer", **({"owner": owner} if owner else {}))
    assert (mail.sender, "Reply-To" in mail.headers) == ("A <a@firm.example>", False)
    assert "it is me, A of Firm." in mail.text


def test_who_lacks_a_role_is_asked_for_it_and_neither_lost_nor_handed_over(store: Sessions, now: datetime) -> None:
    [mail] = sent(store, now, owner="Anna Vogt")
    assert (mail.subject, mail.sender) == ("One question", "A <a@firm.example>")
    firm = Firm.__new__(Firm)
    firm.store = store
    [decision] = firm.rows(Decision)
    assert (decision.branch, decision.stage_to, decision.exception) == ("ask", "engaged", "role")
    assert [row.sequence for row in firm.rows(Enrolment)] == ["your-role"]
    assert firm.rows(Handoff) == []


def test_preview_shows_it_as_it_would_leave(store: Sessions, now: datetime) -> None:
    sent(store, now, title="Design Engineer", owner="A. Vogt")
    composer = Composer(links=Links(KEYS, "https://mail.firm.example"))
    shown = preview(
        store, now=now + DAY, sequence="from-the-owner", step="one", lead="jana@brunner.example", composer=composer
    )
    assert shown.mail.sender == "Anna Vogt <a@firm.example>"
