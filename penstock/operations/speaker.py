"""Who answers by hand: a person of the playbook, or one who left it. Used by `penstock handoff answer --by`."""

from __future__ import annotations

from sqlalchemy import Connection, exists, or_, select

from penstock.errors import UsageError
from penstock.nearest import did_you_mean
from penstock.routing.people import person_named
from penstock.store.engine import Sessions, table
from penstock.store.playbooks import read_live
from penstock.store.tables import Assignment, Disposition

ASSIGNMENT, DISPOSITION = table(Assignment), table(Disposition)


def speaker(sessions: Sessions, named: str) -> str:
    """Return the id of the person of the playbook who is meant by an id, name or address.

    Who left the playbook is known by what was theirs: a handoff once, or an answer. Raises UsageError for a stranger:
    an answer is never changed, so a slip in a name would stay.
    """
    with sessions.read() as tx:
        operations = read_live(tx).operations
        if (person := person_named(operations, named)) is not None:
            return person
        if _was_here(tx, named):
            return named
    meant = did_you_mean(named, operations.people)
    raise UsageError(f'there is no person "{named}" in the playbook; {meant} (or leave --by out)')


def _was_here(tx: Connection, named: str) -> bool:
    had = exists(select(1).where(ASSIGNMENT.c.owner == named))
    return bool(tx.scalar(select(or_(had, exists(select(1).where(DISPOSITION.c.actor == named))))))
