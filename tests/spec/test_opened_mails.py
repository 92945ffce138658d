"""Outbound leans on role fit and replies; opened mails count only where a team switches them on.

In an outbound definition the right role carries most of the weight, and a reply with a technical question is a high
signal. Opened mails are counted only with ``opens``: those of the channels by which a feed says that a person opened
them, all together under one cap, and only beside something else. They are no signal to any gate.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from penstock.store.engine import Sessions
from tests.spec.tables import Case, decided

PLAYBOOK = """
vocabulary:
  channels: {mail: [], read-by-person: []}
  words: {technical: [pressure range, bar, bore, stroke, Hub, plage de pression]}
definition: outbound
for: {motion: [outbound]}
fit:
  at_most: 70
  rules:
    engineering: {points: 50, function: engineering}
    machinery:   {points: 20, industry: machinery}
intent:
  at_most: 60
  opens: {at_most: 3, human: [read-by-person]}
  rules:
    technical: {points: 30, strength: high,   did: email_replied, says: technical}
    reply:     {points: 15, strength: medium, did: email_replied, at_most: 15}
    opened:    {points: 1,  strength: low,    did: email_opened}
    any-mail:  {points: 1,  channel: [mail, read-by-person]}
tiers:
  A: {needs: {fit: 50, signals: {high: 1}}, branch: sales}
  B: {needs: {fit: 50, signals: {low: 1}}, branch: sales}
  C: {needs: {intent: 1}, branch: nurture}
"""
ENGINEER = {"function": "engineering"}
BY_PERSON, BY_MACHINE = "1d email_opened, channel read-by-person", "1d email_opened, channel mail"
CASES = [
    Case("a technical question by an engineer", {"fit": 50, "intent": 45, "tier": "A"},
         ["1d email_replied, text What pressure range has it?"], ENGINEER),
    Case("the same by somebody of another role", {"fit": 0, "tier": "C"},
         ["1d email_replied, text What pressure range has it?"]),
    Case("an opened mail alone is nothing", {"intent": 0, "tier": "", "stage": "lead"}, [BY_PERSON], ENGINEER),
    Case("ten of them too", {"intent": 0, "tier": ""}, [BY_PERSON] * 10, ENGINEER),
    Case("beside a reply they add a little", {"intent": 17}, [BY_PERSON] * 2 + ["1d email_replied"]),
    Case("up to their cap", {"intent": 18, "tier": "C"}, [BY_PERSON] * 10 + ["1d email_replied"], {}),
    Case("and are no signal to a gate", {"tier": "C"}, [BY_PERSON] * 10 + ["1d email_replied"], ENGINEER),
    Case("a click is one", {"intent": 1, "tier": "B"}, ["1d email_clicked, channel mail"], ENGINEER),
    Case("a machine's never count", {"intent": 15}, [BY_MACHINE] * 10 + ["1d email_replied"]),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_opened_mails_never_qualify(store: Sessions, now: datetime, case: Case) -> None:
    assert decided(store, now, PLAYBOOK, case) == case.decides


def test_opened_mails_count_nowhere_unless_switched_on(store: Sessions, now: datetime) -> None:
    off = PLAYBOOK.replace("  opens: {at_most: 3, human: [read-by-person]}\n", "")
    case = Case("off", {"intent": 15}, [BY_PERSON, "1d email_replied"])
    assert decided(store, now, off, case) == case.decides


@pytest.mark.parametrize(("clicked", "intent"), [(0, 15), (2, 17)])
def test_opened_mail_meets_no_rule_that_asks_for_other_things_too(
    store: Sessions, now: datetime, clicked: int, intent: int
) -> None:
    several = PLAYBOOK.replace("did: email_opened}", "did: [email_opened, email_clicked]}")
    deeds = [BY_PERSON, "1d email_replied", *["1d email_clicked"] * clicked]
    case = Case("several", {"intent": intent}, deeds)
    assert decided(store, now, several, case) == case.decides
