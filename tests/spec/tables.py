"""Examples as tables: a definition in YAML, small histories, the decision each leads to.

A file of examples holds ``PLAYBOOK`` (a definition; beside its keys may stand ``vocabulary`` and other sections) and
``CASES``. A line of a history reads "12d content_downloaded, asset HX-200 datasheet": how long ago, what, its words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ruamel.yaml import YAML
from sqlalchemy import select

from penstock.operations.nurture import run_nurture
from penstock.operations.qualify import run_qualify
from penstock.operations.route import run_route
from penstock.playbook.definition import Definition
from penstock.playbook.values import read_span
from penstock.store.engine import Sessions, table
from penstock.store.tables import Enrolment, Handoff
from tests.history import DAY, History, playbook

WORD = re.compile(r", (?=(?:asset|line|channel|source|campaign|text) )")


@dataclass(frozen=True)
class Case:
    """A small history and what is decided; points as people write them."""

    name: str
    decides: Mapping[str, Any]
    did: Sequence[str] = ()
    lead: Mapping[str, Any] = field(default_factory=dict)
    others: Sequence[tuple[Mapping[str, Any], Sequence[str]]] = ()
    """Other people of the lead's account: who they are and what they did. With any, an account is made."""

    def __str__(self) -> str:
        return self.name


def decided(store: Sessions, now: datetime, written: str, case: Case) -> dict[str, Any]:
    """Return what is decided at ``now``, of that what the case speaks of."""
    history = told(store, now, written, case)
    run_qualify(store, now=now)
    score = history.scores()[0]
    last = [one for one in history.decisions() if one["subject_id"] == score["subject_id"]][-1]
    acted_on = _acted_on(history, now) if case.decides.keys() & {"queue", "sequence"} else {}
    found = {
        **acted_on,
        **{name: score[name] for name in ("tier", "stage", "branch")},
        **{name: score[name] / 1000 for name in ("fit", "intent")},
        "reason": last["reason"],
    }
    return {name: found[name] for name in case.decides}


def _acted_on(history: History, now: datetime) -> dict[str, str]:
    """Let route and nurture act; return the queue of the handoff and the sequence, '' where there is none."""
    run_route(history.store, now=now)
    run_nurture(history.store, now=now)
    with history.store.read() as tx:
        queues = list(tx.scalars(select(table(Handoff).c.queue)))
        sequences = list(tx.scalars(select(table(Enrolment).c.sequence)))
    return {"queue": ", ".join(queues), "sequence": ", ".join(sequences)}


def told(store: Sessions, now: datetime, written: str, case: Case, **operations: Any) -> History:
    """Land the history of a case, each thing when it occurred."""
    sections: dict[str, Any] = YAML(typ="safe", pure=True).load(written)
    own = {name: sections.pop(name) for name in list(sections) if name not in {*Definition.model_fields, "for"}}
    history = History(store, playbook(sections, **own, **operations), live_from=now - 400 * DAY)
    account = history.account("firm", received=now - 399 * DAY) if case.others else None
    for number, (facts, did) in enumerate([(case.lead, case.did), *case.others]):
        lead = history.lead("jana" + "a" * number, account=account, received=now - 399 * DAY, **facts)
        for line in did:
            happened(history, lead, now, line)
    return history


def happened(history: History, lead: int, now: datetime, line: str) -> int:
    """Land one line of a history."""
    what, *words = WORD.split(line)
    ago, kind = what.split()
    said: Any = dict(word.split(" ", 1) for word in words)
    return history.did(lead, kind, at=now - read_span(ago).length, **said)
