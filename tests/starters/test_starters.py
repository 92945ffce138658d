"""Each starter is a workspace that works as it is: sound, complete, nothing in it that nobody reaches."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from connectors.registry import build_feed
from penstock.playbook.check import check_playbook
from penstock.playbook.conditions import Among
from penstock.playbook.definition import Definition
from penstock.playbook.terms import Terms
from penstock.settings import load_settings
from tests.starters.catalogue import STARTERS, folder, loaded, operations, steps

pytestmark = pytest.mark.parametrize("starter", STARTERS)
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


def definitions(starter: str) -> dict[str, Definition]:
    return dict(loaded(starter).playbook.deciding.definitions)


def test_check_says_nothing(starter: str) -> None:
    checked = check_playbook(loaded(starter))
    assert [*checked.errors, *checked.warnings] == []


def test_settings_are_sound_and_send_nothing(starter: str) -> None:
    settings = load_settings(folder(starter))
    assert settings.mail.transport == "folder"
    assert list(settings.feeds) == ["inbox"]


def test_every_row_of_the_samples_is_mapped_or_skipped_by_name(starter: str) -> None:
    feed = build_feed("csv", "inbox", {"path": "inbox", "mapping": "mappings"}, workspace=folder(starter))
    pages = [page for stream in feed.streams() for page in feed.pull(stream, None, now=NOW)]
    lists = {"target-lists"} if starter == "equipment" else set()
    assert {page.stream for page in pages} == {"web-forms", "badge-scans", *lists}
    for page in pages:
        assert not page.unreadable
        assert page.read == len(page.records) + sum(page.skipped.values())


def test_vocabulary_knows_the_words_of_the_samples(starter: str) -> None:
    terms = Terms(loaded(starter).playbook.deciding.vocabulary)
    feed = build_feed("csv", "inbox", {"path": "inbox", "mapping": "mappings"}, workspace=folder(starter))
    records = [r for s in feed.streams() for page in feed.pull(s, None, now=NOW) for r in page.records]
    told = {(field, r.fields.get(field, "")) for r in records for field in ("country", "industry")}
    words = ("source", "campaign", "line", "channel")
    told |= {(field, getattr(r.happening, field)) for r in records if r.happening for field in words}
    told |= {
        pair for r in records if r.listed for pair in (("on_list", r.listed.name), ("list_origin", r.listed.origin))
    }
    assert {(field, word) for field, word in told if word and not terms.of(field, word)} == set()


def test_ids_are_there_once(starter: str) -> None:
    own = operations(starter)
    for definition in definitions(starter).values():
        rules = [*definition.fit.rules, *definition.intent.rules]
        assert len(set(rules)) == len(rules)
    mails = Counter(step.mail for _, _, step in steps(starter))
    assert set(mails) == set(own.mails)
    assert set(mails.values()) == {1}
    assert max(Counter(item.url for item in own.content.values()).values()) == 1
    assert max(Counter(person.email for person in own.people.values()).values()) == 1


def test_every_queue_gets_leads_by_a_route_of_its_own(starter: str) -> None:
    own = operations(starter)
    assert len(own.queues) >= 4
    assert {route.to for route in own.routes.values()} == {*own.queues, "owner"}
    assert list(own.routes)[-1] == "else"


def test_tiers_named_by_routes_hand_over(starter: str) -> None:
    by_branch = {tier: one.branch for d in definitions(starter).values() for tier, one in d.tiers.items()}
    nodes = [node for route in operations(starter).routes.values() for node in route.nodes]
    named = {term for node in nodes if isinstance(node, Among) and node.field == "tier" for term in node.terms}
    assert {by_branch[tier] for tier in named} == {"sales"}
    assert set(by_branch.values()) >= {"sales", "nurture", "triage"}


def test_a_form_or_a_download_alone_never_qualifies(starter: str) -> None:
    for definition in definitions(starter).values():
        high = {name for name, rule in definition.intent.rules.items() if rule.strength == "high"}
        for tier in definition.tiers.values():
            assert tier.branch != "sales" or tier.needs.signals or set(tier.needs.any) <= high


def test_there_are_negative_points_decay_and_disqualifiers(starter: str) -> None:
    for definition in definitions(starter).values():
        assert any(rule.points < 0 for rule in definition.fit.rules.values())
        assert len(definition.intent.fades) >= 3
        assert {"competitor"} <= set(definition.disqualify)


def test_sequences_lead_each_line_and_the_rest(starter: str) -> None:
    own = operations(starter)
    lines = {d.applies.line for d in definitions(starter).values() if d.applies.line}
    assert {line for sequence in own.sequences.values() for line in sequence.interest} == lines
    assert all(3 <= len(sequence.steps) <= 4 for sequence in own.sequences.values())
    assert {reason.to for reason in own.reasons.values()} == {"nurture", "out"}


def test_no_country_of_strict_law_has_a_basis_without_consent(starter: str) -> None:
    assert not {"DE", "AT", "CH", "NL", "CA"} & set(operations(starter).consent.basis["marketing"])
