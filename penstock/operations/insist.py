"""Work in a transaction of its own, done again where another came in between. Used by whoever lands or is told."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from penstock.store.bulk import OvertakenError, was_overtaken
from penstock.store.engine import Sessions

Begin = Callable[[], AbstractContextManager[Connection]]
F = TypeVar("F")
T = TypeVar("T")
# Each time the other one got further: a few will do.
MOST_ATTEMPTS = 5


def insist(begin: Begin, work: Callable[[Connection], T], *, forget: Callable[[], None] = lambda: None) -> T:
    """Do the work in a transaction, and again where another run came in between; ``forget`` what that one taught.

    Raises OvertakenError where it always does.
    """
    for attempt in range(1, MOST_ATTEMPTS + 1):
        try:
            with begin() as tx:
                return work(tx)
        except (OvertakenError, OperationalError) as error:
            if attempt == MOST_ATTEMPTS or not was_overtaken(error):
                raise
        forget()
    raise AssertionError(attempt)  # the last attempt returns or raises


def tell_of(sessions: Sessions, find: Callable[[Connection], F], work: Callable[[Connection, F], T]) -> T:
    """Do the work about whoever is found, again where that is somebody else by the time that the work holds the locks.

    For what a person says of somebody whose merge may be made or undone in the same moment.
    """

    def once(tx: Connection) -> T:
        found = find(tx)
        done = work(tx, found)
        if find(tx) != found:
            raise OvertakenError("the lead was merged or unmerged meanwhile; try again")
        return done

    return insist(sessions.write, once)
