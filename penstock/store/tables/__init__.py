"""The tables, one file a subject; importing this package knows them all."""

from penstock.store.tables.activities import Activity, Payload
from penstock.store.tables.clocks import Clock, Escalation
from penstock.store.tables.handoffs import (
    Absence,
    Assignment,
    Disposition,
    Handoff,
    HandoffDefinition,
    Outcome,
    Rotation,
    Touch,
)
from penstock.store.tables.intake import Batch, Cursor, Quarantine
from penstock.store.tables.law import Consent, Suppression
from penstock.store.tables.lists import ListMembership
from penstock.store.tables.messages import Effect, Enrolment
from penstock.store.tables.people import Account, AccountIdentifier, Fact, Identifier, Lead, Merge
from penstock.store.tables.playbooks import (
    Agreement,
    ImportHeld,
    PlaybookHeld,
    PlaybookLive,
    PlaybookStart,
    PlaybookVersion,
)
from penstock.store.tables.scoring import Decision, Lift, Promotion, Receipt, Rescore, Score
from penstock.store.tables.words import Spelling, Term

__all__ = [
    "Absence",
    "Account",
    "AccountIdentifier",
    "Activity",
    "Agreement",
    "Assignment",
    "Batch",
    "Clock",
    "Consent",
    "Cursor",
    "Decision",
    "Disposition",
    "Effect",
    "Enrolment",
    "Escalation",
    "Fact",
    "Handoff",
    "HandoffDefinition",
    "Identifier",
    "ImportHeld",
    "Lead",
    "Lift",
    "ListMembership",
    "Merge",
    "Outcome",
    "Payload",
    "PlaybookHeld",
    "PlaybookLive",
    "PlaybookStart",
    "PlaybookVersion",
    "Promotion",
    "Quarantine",
    "Receipt",
    "Rescore",
    "Rotation",
    "Score",
    "Spelling",
    "Suppression",
    "Term",
    "Touch",
]
