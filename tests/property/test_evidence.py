"""A verdict recomputes from its evidence alone: points, what each rule gives, and the tier, by its own version."""

from __future__ import annotations

from datetime import datetime

from hypothesis import HealthCheck, given, note, settings
from sqlalchemy import Connection

from penstock.operations.qualify import run_qualify
from penstock.playbook.compiled import compile_definition
from penstock.playbook.tally import tier_of
from penstock.store.engine import Sessions
from penstock.store.evidence import parse, recompute
from penstock.store.playbooks import read_live
from penstock.store.types import to_micros
from tests.history import DAY, History, playbook
from tests.property.examples import Example, examples, many
from tests.property.landed import VERSION, Landed


def recomputed(tx: Connection, example: Example, landed: Landed) -> None:
    """Hold every verdict against what its evidence alone says."""
    for (_, place), row in landed.judge(tx, example.definition, example.moments).items():
        evidence, compiled = parse(row.evidence), example.compiled
        again = recompute(tx, compiled, VERSION, evidence, example.moments[place - 1])
        assert (again.fit, again.intent, again.gone) == (row.fit, row.intent, 0)
        assert tier_of(compiled, again.fit, again.rules) == row.tier


@settings(max_examples=many(25), suppress_health_check=list(HealthCheck))
@given(example=examples())
def test_verdict_recomputes_from_its_evidence(stores: list[Sessions], example: Example) -> None:
    note(f"{example.definition!r}\n{example.subjects!r}\n{example.moments!r}")
    landed = Landed(example.definition.subject, example.subjects)
    for store in stores:
        with store.read() as tx:
            landed.write(tx)
            recomputed(tx, example, landed)


def test_kinds_of_asset_in_one_stage_of_content_recompute_apart(store: Sessions, now: datetime) -> None:
    assets = {name: {"spelt": [f"*{name}*"], "content_stage": "early"} for name in ("datasheet", "guide")}
    rules = {"reads": {"points": 5, "did": "content_downloaded"}}
    twice = {"twice": {"points": 20, "of": ["reads"], "same": "asset", "at_least": 2, "within": "9d"}}
    said = {"definition": "d", "intent": {"rules": rules, "related": twice}, "tiers": {"A": {"branch": "nurture"}}}
    agreed = playbook(said, vocabulary={"assets": assets})
    history = History(store, agreed, live_from=now - 9 * DAY)
    lead = history.lead("jana", received=now)
    for asset in assets:
        history.did(lead, "content_downloaded", at=now, asset=f"hx {asset}")
    run_qualify(store, now=now)
    score = history.scores()[0]
    with store.read() as tx:
        compiled = compile_definition(agreed.deciding.definitions["d"])
        at, version = to_micros(score["as_of"]), read_live(tx).definition_id
        assert recompute(tx, compiled, version, parse(score["evidence"]), at).intent == score["intent"] == 10_000
