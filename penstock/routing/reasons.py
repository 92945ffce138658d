"""Why a lead was handed over, in facts: what it did and when, what fits, read from the decision's evidence.

Used by the handoff note and the alerts. Points order what is said and are never shown: a note carries facts.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, and_, func, select

from penstock.counts import counted
from penstock.playbook.compiled import OPENED, CompiledDefinition, compile_definition
from penstock.playbook.conditions import Among, Node, OnList
from penstock.playbook.profile_sql import FALLBACKS
from penstock.playbook.reference import Lists
from penstock.playbook.tally import fit_rules, tally
from penstock.playbook.tally_hits import Hit
from penstock.playbook.vocabulary import Vocabulary
from penstock.routing.listed import asked_for
from penstock.routing.phrases import days_text, did, listed, short, spaced, title_of
from penstock.routing.profile import Profile, Subject, read_profiles
from penstock.sla.working_time import WorkingTime
from penstock.store.engine import table
from penstock.store.evidence import Evidence, parse, people_counted, read_hits
from penstock.store.playbooks import Live, read_deciding
from penstock.store.statements import chunks
from penstock.store.tables import Activity, Decision, Lead, Spelling
from penstock.store.types import to_micros

ACTIVITY, DECISION, LEAD, SPELLING = table(Activity), table(Decision), table(Lead), table(Spelling)
NOTHING = "fits what we look for"
NUMBERS = {"revenue": "revenue {:,}", "year_established": "founded {}"}


@dataclass(frozen=True, slots=True)
class Deed:
    """One kind of thing that a lead did: when (rising) and about what (latest first), with the weight it had."""

    kind: str
    days: tuple[datetime, ...]
    assets: tuple[str, ...]
    text: str
    weight: int


@dataclass(frozen=True, slots=True)
class Reasons:
    """The facts behind a decision."""

    live: Live
    compiled: CompiledDefinition
    subject: Subject
    decided: str
    tier: str
    profile: Profile
    deeds: tuple[Deed, ...]
    """What counted most comes first."""
    fits: tuple[str, ...]
    against: tuple[str, ...]
    colleagues: tuple[int, ...] = ()
    """Other leads of the account whom a rule over people counted."""

    @property
    def vocabulary(self) -> Vocabulary:
        """Return the vocabulary that the decision was made by."""
        return self.live.deciding.vocabulary

    @property
    def was_put_forward(self) -> bool:
        """Whether a person promoted the subject by hand."""
        return self.decided.startswith("put forward")

    def did(self, most: int = 2) -> str:
        """Return the deeds that counted most in one phrase, as they happened."""
        if self.was_put_forward:
            return f"was {short(self.decided, 14)}"
        # That somebody opened a mail says nothing beside anything else.
        telling = [deed for deed in self.deeds if deed.kind != OPENED] or self.deeds
        told = sorted(telling[:most], key=lambda deed: deed.days[-1])
        phrases = [self._told(deed, deed.assets[:1]) for deed in told]
        return listed(phrases) if phrases else NOTHING

    def dated(self, working: WorkingTime, most: int) -> list[dict[str, str]]:
        """Return deeds with their days (``on``, ``what``), the latest first."""
        told = sorted(self.deeds[:most], key=lambda deed: deed.days[-1], reverse=True)
        return [
            {
                "on": days_text(day.astimezone(working.zone).date() for day in deed.days),
                "what": self._told(deed, deed.assets),
            }
            for deed in told
        ]

    def said(self) -> str:
        """Return what they wrote last, '' where they wrote nothing."""
        written = [deed for deed in self.deeds if deed.text]
        return max(written, key=lambda deed: deed.days[-1]).text if written else ""

    def spoke_of(self) -> tuple[str, ...]:
        """Return the word lists that what they wrote speaks of."""
        return tuple(dict.fromkeys(word for deed in self.deeds for word in self._heard(deed)))

    def _told(self, deed: Deed, assets: Sequence[str]) -> str:
        return did(self.vocabulary, deed.kind, _shortened(assets), self._heard(deed))

    def _heard(self, deed: Deed) -> list[str]:
        return [spaced(term) for _, term in self.live.terms.of("text", deed.text)]

    def words_for(self, field: str) -> str:
        """Return what is known of a field as people say it, '' where nothing is."""
        return _value_words(self.vocabulary, self.profile, field)


def _shortened(assets: Sequence[str]) -> list[str]:
    return [short(asset, 5) for asset in assets]


_OF_LEAD = and_(DECISION.c.subject == "lead", LEAD.c.id == DECISION.c.subject_id)
_PRESENT = func.coalesce(LEAD.c.merged_into, DECISION.c.subject_id).label("present_id")
_DECIDED = select(DECISION, _PRESENT).select_from(DECISION.outerjoin(LEAD, _OF_LEAD))


def read_reasons(tx: Connection, live: Live, decision_id: int) -> Reasons:
    """Return the facts behind a decision, by the definition version that made it."""
    return read_many_reasons(tx, live, [decision_id])[decision_id]


def read_many_reasons(tx: Connection, live: Live, decision_ids: Iterable[int]) -> dict[int, Reasons]:
    """Return decision id → the facts behind it: a few statements per version and moment, not per decision."""
    wanted = DECISION.c.id.in_(sorted(set(decision_ids)))
    judged = [_judged(tx, live, row) for row in tx.execute(_DECIDED.where(wanted).order_by(DECISION.c.id))]
    profiles, deeds = _profiles(tx, judged), _deeds(tx, judged)
    return {one.row.id: _reasons(one, profiles[one.row.id], deeds[one.row.id]) for one in judged}


@dataclass(frozen=True, slots=True)
class _Judged:
    """A decision's row with the version that made it."""

    row: Any
    live: Live
    compiled: CompiledDefinition
    evidence: Evidence

    @property
    def subject(self) -> Subject:
        # Facts and activities are with the lead that a merged one leads on to.
        return self.row.subject, self.row.present_id


def _judged(tx: Connection, live: Live, row: Any) -> _Judged:  # noqa: ANN401 - a row
    deciding, terms = read_deciding(tx, row.version_id)
    judged_by = replace(live, definition_id=row.version_id, deciding=deciding, terms=terms)
    return _Judged(row, judged_by, compile_definition(deciding.definitions[row.definition]), parse(row.evidence))


def _reasons(one: _Judged, profile: Profile, deeds: Sequence[Deed]) -> Reasons:
    vocabulary = one.live.deciding.vocabulary
    rules = fit_rules(one.compiled, one.evidence.fit_mask)
    fit = [_factor(one.compiled, vocabulary, profile, rule.id, rule.nodes) for rule in rules if rule.points > 0]
    bad = [_factor(one.compiled, vocabulary, profile, rule.id, rule.nodes) for rule in rules if rule.points < 0]
    return Reasons(
        live=one.live,
        compiled=one.compiled,
        subject=one.subject,
        decided=one.row.reason,
        tier=one.row.tier_to,
        profile=profile,
        deeds=tuple(deeds),
        fits=tuple(dict.fromkeys(fit)),
        against=tuple(dict.fromkeys(bad)),
        colleagues=_colleagues(one),
    )


def _colleagues(one: _Judged) -> tuple[int, ...]:
    counted = {lead for leads in people_counted(one.compiled, one.evidence).values() for lead in leads}
    # A merged lead was counted as itself.
    own = {one.row.subject_id, one.row.present_id} if one.row.subject == "lead" else set()
    return tuple(sorted(counted - own))


def _profiles(tx: Connection, judged: Sequence[_Judged]) -> dict[int, Profile]:
    found: dict[int, Profile] = {}
    for some in _grouped(judged, lambda one: (one.row.version_id, one.row.moment)):
        first = some[0]
        profiles = read_profiles(tx, first.live, [one.subject for one in some], at=first.row.moment)
        found |= {one.row.id: profiles[one.subject] for one in some}
    return found


def _deeds(tx: Connection, judged: Sequence[_Judged]) -> dict[int, list[Deed]]:
    weights = {of: _weights(one, hits) for of, (one, hits) in _hits(tx, judged).items()}
    counted = {activity for mine in weights.values() for activity, points in mine.items() if points > 0}
    rows = read_activities(tx, counted)
    return {of: _deeds_of([row for row in rows if mine.get(row.id, 0) > 0], mine) for of, mine in weights.items()}


def _hits(tx: Connection, judged: Sequence[_Judged]) -> dict[int, tuple[_Judged, list[Hit]]]:
    found: dict[int, tuple[_Judged, list[Hit]]] = {}
    for some in _grouped(judged, lambda one: (one.row.version_id, one.row.definition)):
        together = {activity: 0 for one in some for activity, _ in one.evidence.activities}
        hits = read_hits(tx, some[0].compiled, some[0].row.version_id, Evidence(0, tuple(together.items())))
        known = {hit.activity_id: hit for hit in hits}
        for one in some:
            pairs = one.evidence.activities
            mine = [replace(known[activity], mask=mask) for activity, mask in pairs if activity in known]
            found[one.row.id] = one, mine
    return found


def _grouped(judged: Sequence[_Judged], key: Callable[[_Judged], Hashable]) -> list[list[_Judged]]:
    groups: dict[Hashable, list[_Judged]] = {}
    for one in judged:
        groups.setdefault(key(one), []).append(one)
    return list(groups.values())


def _weights(one: _Judged, hits: Sequence[Hit]) -> dict[int, int]:
    weights: dict[int, int] = {}
    for given in tally(one.compiled, hits, to_micros(one.row.moment), one.evidence.held):
        for activity, points in given.activities:
            weights[activity] = weights.get(activity, 0) + points
    return weights


def _deeds_of(rows: Sequence[Any], weights: dict[int, int]) -> list[Deed]:
    kinds: dict[str, list[Any]] = {}
    for row in rows:
        kinds.setdefault(row.kind, []).append(row)
    deeds = [_deed(kind, some, weights) for kind, some in kinds.items()]
    return sorted(deeds, key=lambda deed: (-deed.weight, deed.kind))


def read_activities(tx: Connection, ids: Iterable[int]) -> list[Any]:
    """Return activities with kind, asset and text spelt out, as they happened."""
    kind, asset, text = (SPELLING.alias(name) for name in ("kind", "asset", "text"))
    a = ACTIVITY.c
    wanted = (
        select(a.id, a.occurred_at, kind.c.text.label("kind"), asset.c.text.label("asset"), text.c.text.label("text"))
        .join(kind, kind.c.id == a.kind_id)
        .outerjoin(asset, asset.c.id == a.asset_id)
        .outerjoin(text, text.c.id == a.text_id)
    )
    rows = [row for some in chunks(sorted(ids)) for row in tx.execute(wanted.where(a.id.in_(some)))]
    return sorted(rows, key=lambda row: (row.occurred_at, row.id))


def _deed(kind: str, rows: Sequence[Any], weights: dict[int, int]) -> Deed:
    latest = list(reversed(rows))
    return Deed(
        kind=kind,
        days=tuple(row.occurred_at for row in rows),
        assets=tuple(dict.fromkeys(row.asset for row in latest if row.asset)),
        text=next((row.text for row in latest if row.text), ""),
        weight=max(weights[row.id] for row in rows),
    )


def _factor(
    compiled: CompiledDefinition, vocabulary: Vocabulary, profile: Profile, rule: str, nodes: Sequence[Node]
) -> str:
    """Return what a fit rule found, in words: its title, else the values it looked at, else its id."""
    title = compiled.definition.fit.rules[rule].title
    if title:
        return title
    known = [_value_words(vocabulary, profile, node.field, node) for node in nodes]
    return ", ".join(word for word in known if word) or spaced(rule)


def _value_words(vocabulary: Vocabulary, profile: Profile, field: str, node: Node | None = None) -> str:
    value = profile.values.get(field)
    if isinstance(value, Lists):
        return _on_lists(profile, node) if isinstance(node, OnList) else ""
    if isinstance(value, int):
        if field == "employees":
            return counted(value // 1000, "employee")
        return NUMBERS.get(field, f"{spaced(field)} {{:,}}").format(Decimal(value) / 1000)
    asked = set(node.terms) if isinstance(node, Among) and not node.negated else set()
    terms = sorted(value & asked if value and value & asked else value or ())
    if terms and field not in ("title", "company", "domain"):
        return listed([title_of(vocabulary, field, term) for term in terms])
    return profile.texts.get(field) or profile.texts.get(FALLBACKS.get(field, field), "")


def _on_lists(profile: Profile, node: OnList) -> str:
    """Return the lists that a rule found the account on, as spelt; what it is not on says nothing for it."""
    names = [] if node.negated else dict.fromkeys(one.name for one in asked_for(node, profile.on))
    return f"on the list {listed(list(names))}" if names else ""
