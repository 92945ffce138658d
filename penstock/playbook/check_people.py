"""Checks people: their calendars, managers and addresses, and that no feed's spelling means two of them."""

from __future__ import annotations

from penstock.playbook.check_findings import Findings
from penstock.playbook.model import Playbook
from penstock.playbook.operations import Operations
from penstock.playbook.terms import fold


def check_people(playbook: Playbook, found: Findings) -> None:
    """Find people without calendar or address, managers in a circle, one spelling for two."""
    operations = playbook.operations
    for name, person in operations.people.items():
        found.refer(("people", name, "calendar"), "calendar", person.calendar, operations.calendars)
        found.refer(("people", name, "manager"), "person", person.manager, operations.people)
        found.address(("people", name, "email"), person.email)
        if _is_own_manager(name, operations):
            what = f"{name} is their own manager, directly or by others"
            found.error(("people", name, "manager"), what, "let the managers end with somebody")
    _spellings(operations, found)
    found.address(("sender", "email"), operations.sender.email)


def _is_own_manager(name: str, operations: Operations) -> bool:
    met, at = {name}, operations.people[name].manager
    while at in operations.people and at not in met:
        met.add(at)
        at = operations.people[at].manager
    return at == name


def _spellings(operations: Operations, found: Findings) -> None:
    meant: dict[str, str] = {}
    for name, person in operations.people.items():
        for text in dict.fromkeys(fold(text) for text in (name, person.name, person.email, *person.spelt)):
            other = meant.setdefault(text, name)
            if other != name:
                found.error(("people", name), f'"{text}" means {other} too', "spell them apart")
