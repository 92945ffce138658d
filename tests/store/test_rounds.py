"""Rounds: a transaction each until nothing is left; on PostgreSQL others go on beside a first one that was full."""

from __future__ import annotations

import os
import signal
from threading import Barrier, get_ident
from time import sleep

import pytest
from sqlalchemy import Connection, text

from penstock.store.engine import Sessions
from penstock.store.rounds import SIDE_BY_SIDE, until_nothing

WAIT = 20  # seconds that one round waits for the others


class Work:
    """Rounds of five until so many are done, whoever does them."""

    def __init__(self, rounds: int) -> None:
        """Have so many rounds left."""
        self.left = [5] * rounds
        self.threads: list[int] = []
        self.met = Barrier(SIDE_BY_SIDE)

    def alone(self, tx: Connection) -> int:
        """Do one round."""
        self.threads.append(get_ident())
        tx.execute(text("SELECT 1"))
        return self.left.pop() if self.left else 0

    def together(self, tx: Connection) -> int:
        """Do one round; whoever does their first one waits until the others do theirs."""
        if self.threads and get_ident() not in self.threads:
            self.met.wait(WAIT)
        return self.alone(tx)


def test_rounds_go_on_until_one_finds_nothing(store: Sessions) -> None:
    work = Work(3)
    assert until_nothing(store, work.alone) == 15
    assert len(work.threads) == 4
    assert until_nothing(store, work.alone) == 0


def test_rounds_that_are_not_full_are_followed_by_no_others(store: Sessions) -> None:
    work = Work(3)
    assert until_nothing(store, work.alone, most=6) == 15
    assert len(work.threads) == 4
    assert set(work.threads) == {get_ident()}


def test_full_round_brings_others_beside_it_where_the_server_works_for_each(store: Sessions) -> None:
    work = Work(1 + 2 * SIDE_BY_SIDE)
    many = work.alone if store.is_sqlite else work.together
    assert until_nothing(store, many, most=5) == 5 + 10 * SIDE_BY_SIDE
    assert len(set(work.threads)) == (1 if store.is_sqlite else 1 + SIDE_BY_SIDE)


def test_round_that_fails_ends_the_others_with_their_round_and_the_next_run_does_the_rest(store: Sessions) -> None:
    work = Work(12)
    failed: list[int] = []

    def once(tx: Connection) -> int:
        if work.threads and not failed:
            failed.append(get_ident())
            raise LookupError
        return work.alone(tx)

    with pytest.raises(LookupError):
        until_nothing(store, once, most=5)
    left = len(work.left)
    assert until_nothing(store, work.alone) == 5 * left


def test_interrupted_run_waits_for_the_rounds_under_way_and_no_longer(store: Sessions) -> None:
    work, once = Work(1000), [True]

    def interrupted(tx: Connection) -> int:
        if len(work.threads) > 9 and once and once.pop():
            os.kill(os.getpid(), signal.SIGUSR1)
        sleep(0.001)
        return work.alone(tx)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            until_nothing(store, interrupted, most=5)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert len(work.left) > 900


def test_dry_run_stays_in_one_transaction(store: Sessions) -> None:
    work = Work(3)
    assert until_nothing(Sessions(store.engine, dry_run=True), work.alone, most=5) == 15
    assert set(work.threads) == {get_ident()}
