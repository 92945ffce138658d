"""Whoever is in a tier stays in it as the reference says, moment by moment, for many subjects in one batch."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, literal, select

from penstock.store import batch
from penstock.store.engine import Sessions, table
from penstock.store.staying import let_stay
from penstock.store.tables import Score
from penstock.store.types import Instant, to_micros
from tests.property.examples import Example, examples, many
from tests.property.landed import AS_OF, OTHER_VERSION, OTHERS_MOMENT, VERSION, Landed
from tests.property.words import DAY, HOUR, NOW

AGES = [20 * DAY, 12 * DAY, 3 * DAY, HOUR, 0]
SCORE = {"fit": 0, "intent": 0, "as_of": AS_OF, "version_id": VERSION}


def stayed(tx: Connection, example: Example, landed: Landed, moments: list[int], began: str) -> dict[object, str]:
    """Return (subject, moment) → tier of subjects that were all in the tier ``began`` before."""
    landed.write(tx)
    kind, name = example.definition.subject, example.definition.definition
    scores = [{"subject": kind, "subject_id": of, "definition": name, "tier": began, **SCORE} for of in landed.facts]
    # Scores of another definition and of another kind of subject are nobody's tier here.
    others = [one | {"tier": "T1", "definition": "e"} for one in scores]
    strangers = [one | {"tier": "T1", "subject": "lead" if kind == "account" else "account"} for one in scores]
    tx.execute(insert(table(Score)), scores + others + strangers)
    landed.judge(tx, example.definition, moments)
    _judge_by_another(tx)
    let_stay(tx, kind, {(VERSION, name): example.compiled})
    found = tx.execute(select(batch.VERDICT)).all()
    mine = {row for row in found if row.definition == name and row.version_id == VERSION}
    assert all(row.tier == "T2" for row in set(found) - mine)
    return {(row.subject_id, to_micros(row.as_of)): row.tier for row in mine}


def _judge_by_another(tx: Connection) -> None:
    """Add verdicts of a low tier, by another definition and by another version; nobody stays in a tier of those."""
    instead: dict[str, Any] = {"definition": literal("e"), "tier": literal("T2")}
    later = {"as_of": literal(OTHERS_MOMENT, Instant), "version_id": literal(OTHER_VERSION), "tier": literal("T2")}
    at_now = [batch.VERDICT.c.as_of == AS_OF]
    for values, wanted in ((instead, []), (later, at_now)):
        same: list[Any] = [values.get(column.name, column) for column in batch.VERDICT.columns]
        names = [column.name for column in batch.VERDICT.columns]
        tx.execute(insert(batch.VERDICT).from_select(names, select(*same).where(*wanted)))


@settings(max_examples=many(100), suppress_health_check=list(HealthCheck))
@given(example=examples(), many_=st.integers(2, len(AGES)), began=st.sampled_from(["", "T0", "T1", "T2"]))
def test_moments_are_gone_through_in_order(stores: list[Sessions], example: Example, many_: int, began: str) -> None:
    note(f"{example.definition!r}\n{example.subjects!r}")
    moments = [NOW - age for age in AGES[-many_:]]
    landed = Landed(example.definition.subject, example.subjects)
    for store in stores:
        with store.read() as tx:
            found = stayed(tx, example, landed, moments, began)
        for of in landed.facts:
            tier = began
            for at in moments:
                tier = example.reference.judge(as_of=at, before=tier, **landed.said(of)).tier
                assert found[of, at] == tier
