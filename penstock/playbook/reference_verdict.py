"""The reference evaluator: what the compiled statement must find, said again slowly, one subject and one fact at a
time.

Never used by the product; the tests generate playbooks and histories and compare the two databases with it
(opensafely's ehrQL taught the habit). It shares with the compiler only the numbered definition and the vocabulary, not
one line of SQL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf

from penstock.playbook.compiled import ENGAGED, SOURCE_IS_UNKNOWN, SOURCE_UNKNOWN, CompiledDefinition
from penstock.playbook.conditions import LIST_ORIGIN, ON_LIST, Node
from penstock.playbook.profile_sql import FALLBACKS, US
from penstock.playbook.reference import Lists, Value, matches
from penstock.playbook.reference_people import CrowdVerdict, Deed, Person, judge_people
from penstock.playbook.tally import fit_points, intent_points, next_edge, tally, tier_of
from penstock.playbook.tally_hits import Hit, RuleTally
from penstock.playbook.terms import Terms


@dataclass(frozen=True, slots=True)
class SaidFact:
    """A fact about the subject or, for a lead, about its account. Instants are microseconds, numbers thousandths."""

    field: str
    text: str
    feed: str
    said_at: int
    received_at: int
    typed: bool = False
    number: int | None = None


@dataclass(frozen=True, slots=True)
class SaidActivity:
    """An activity of the subject; ``words`` are texts by field (kind, channel, source, campaign, asset, line, text)."""

    activity_id: int
    occurred_at: int
    received_at: int
    words: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SaidListing:
    """What a feed said of the account's place on a target list; ``since`` and ``until`` may be open."""

    name: str
    origin: str
    since: int | None
    until: int | None
    feed: str
    said_at: int
    received_at: int
    landed_at: int = 0


@dataclass(frozen=True, slots=True)
class SaidPerson:
    """One of the people of the subject's account (the subject among them): their facts, their account's too."""

    lead_id: int
    facts: Sequence[SaidFact]
    activities: Sequence[SaidActivity]


@dataclass(frozen=True, slots=True)
class ReferenceVerdict:
    """What the statement must find."""

    fit: int
    intent: int
    tier: str
    flags: int
    fit_mask: int
    activities: tuple[tuple[int, int], ...]
    next_change_at: int | None
    crowd: CrowdVerdict
    rules: tuple[RuleTally, ...]
    """What each intent rule gives; the statement keeps no more of it than fit, intent and tier."""
    kept: dict[str, str]
    """Tier it was in before → the tier that it is in now."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Judges subjects under one definition and vocabulary."""

    compiled: CompiledDefinition
    terms: Terms
    trust: Sequence[str]

    def judge(
        self,
        facts: Sequence[SaidFact],
        activities: Sequence[SaidActivity],
        as_of: int,
        before: str = "",
        people: Sequence[SaidPerson] = (),
        listed: Sequence[SaidListing] = (),
    ) -> ReferenceVerdict:
        """Return the verdict at a moment (microseconds) from what had been received by then; ``before`` is the tier
        that the subject was in, ``people`` those of its account, ``listed`` what was said of its account's lists.
        """
        profile = self._profile([fact for fact in facts if fact.received_at <= as_of])
        on = self._in_force([one for one in listed if one.received_at <= as_of]) if self.compiled.lists else []
        profile[ON_LIST] = Lists(tuple(self._list_terms(one) for one in on if _runs(one, as_of)))
        fit_mask = sum(rule.bit for rule in self.compiled.fit if matches(rule.nodes, profile))
        theirs = [one for person in people for one in person.activities] if self.compiled.counts_people else []
        hits = self._hits([one for one in (*activities, *theirs) if one.received_at <= as_of], as_of)
        crowd = judge_people(self.compiled.people, [self._person(one, as_of) for one in people], as_of)
        rules = tally(self.compiled, hits, as_of, crowd.held)
        fit, intent = fit_points(self.compiled, fit_mask), intent_points(self.compiled, rules)
        return ReferenceVerdict(
            fit=fit,
            intent=intent,
            tier=tier_of(self.compiled, fit, rules, before),
            flags=self._flags(profile, rules) + (ENGAGED if intent > 0 else 0),
            fit_mask=fit_mask,
            activities=tuple(sorted((hit.activity_id, hit.mask) for hit in hits if hit.mask)),
            next_change_at=min(
                filter(None, (next_edge(self.compiled, hits, as_of), crowd.edge, _list_edge(on, as_of))), default=None
            ),
            crowd=crowd,
            rules=rules,
            kept={was: tier_of(self.compiled, fit, rules, was) for was in self.compiled.definition.tiers},
        )

    def _person(self, said: SaidPerson, as_of: int) -> Person:
        best = self._best([fact for fact in said.facts if fact.received_at <= as_of])
        functions = self._value("function", best)
        did = [one for one in said.activities if one.received_at <= as_of and self._line_counts(one)]
        asked = self.compiled.people
        deeds = [Deed(one.occurred_at, {r.id for r in asked if self._holds(r.nodes, one)}) for one in did]
        return Person(
            said.lead_id, deeds if asked else [], functions if isinstance(functions, frozenset) else frozenset()
        )

    def _profile(self, facts: Sequence[SaidFact]) -> dict[str, Value]:
        best = self._best(facts)
        asked = {name: self._value(name, best) for name in {*self.compiled.fields, *self.compiled.numbers}}
        return {name: value for name, value in asked.items() if value is not None}

    def _best(self, facts: Sequence[SaidFact]) -> dict[str, SaidFact]:
        best: dict[str, SaidFact] = {}
        for fact in sorted(facts, key=self._trust):
            best.setdefault(fact.field, fact)
        return best

    def _trust(self, fact: SaidFact) -> tuple[int, int, str]:
        """Return what facts are ordered by: the most trusted, then the latest said, then the feed's name."""
        place = self.trust.index(fact.feed) if fact.feed in self.trust else len(self.trust)
        return (0 if fact.typed else 1 if fact.feed == US else 2 + place, -fact.said_at, fact.feed)

    def _value(self, name: str, best: dict[str, SaidFact]) -> Value | None:
        source = name if name in best else FALLBACKS.get(name, name)
        if source not in best:
            return None
        fact = best[source]
        if fact.number is not None and name in self.compiled.numbers:
            return fact.number
        return frozenset(term for of, term in self.terms.of(source, fact.text) if of == name)

    def _in_force(self, listed: Sequence[SaidListing]) -> list[SaidListing]:
        """Return the word that holds of each membership: of the most trusted feed, then the latest, then the
        shortest.
        """
        told: dict[tuple[str, int | None], SaidListing] = {}
        for one in sorted(listed, key=self._listing_order):
            told.setdefault((one.name, one.since), one)
        return list(told.values())

    def _listing_order(self, one: SaidListing) -> tuple[int, int, int, int, float]:
        place = self.trust.index(one.feed) if one.feed in self.trust else len(self.trust)
        rank = 0 if one.feed == US else 1 + place
        return (rank, -one.said_at, -one.received_at, -one.landed_at, inf if one.until is None else one.until)

    def _list_terms(self, one: SaidListing) -> tuple[frozenset[str], frozenset[str]]:
        names, origins = self.terms.of(ON_LIST, one.name), self.terms.of(LIST_ORIGIN, one.origin)
        return frozenset(term for _, term in names), frozenset(term for _, term in origins)

    def _flags(self, profile: dict[str, Value], rules: Sequence[RuleTally]) -> int:
        done = {one.rule.id for one in rules if one.points}
        raised = sum(
            flag.bit
            for flag in self.compiled.flags
            if matches(flag.nodes, profile) and (not flag.any or done & set(flag.any))
        )
        unclear = self.compiled.asks_source and matches((SOURCE_IS_UNKNOWN,), profile)
        return raised + (SOURCE_UNKNOWN if unclear else 0)

    def _hits(self, activities: Sequence[SaidActivity], as_of: int) -> list[Hit]:
        window = self.compiled.window
        return [
            Hit(
                one.activity_id,
                one.occurred_at,
                self._channel_class(one),
                self._mask(one, as_of),
                one.words["kind"],
                self._meaning(one, "line") or frozenset(),
                self._meaning(one, "asset") or frozenset(),
            )
            for one in activities
            if one.occurred_at > as_of - window and self._line_counts(one)
        ]

    def _mask(self, one: SaidActivity, as_of: int) -> int:
        if one.occurred_at > as_of:
            return 0
        age = as_of - one.occurred_at
        met = [rule for rule in self.compiled.single if self._holds(rule.nodes, one)]
        return sum(rule.bit for rule in met if age < self.compiled.counts_until(rule))

    def _holds(self, nodes: Sequence[Node], one: SaidActivity) -> bool:
        asked = {node.field: self._meaning(one, node.field) for node in nodes}
        return matches(nodes, {name: value for name, value in asked.items() if value is not None})

    def _meaning(self, one: SaidActivity, name: str) -> frozenset[str] | None:
        """Return the terms of a word of an activity; a line that is not stated is the asset's, a content stage
        always.
        """
        of_asset = name == "content_stage" or (name == "line" and "line" not in one.words)
        source = "asset" if of_asset else name
        if source not in one.words:
            return None
        return frozenset(term for of, term in self.terms.of(source, one.words[source]) if of == name)

    def _line_counts(self, one: SaidActivity) -> bool:
        mine, named = self.compiled.definition.applies.line, self._meaning(one, "line")
        return mine is None or not named or mine in named

    def _channel_class(self, one: SaidActivity) -> int:
        meant = self._meaning(one, "channel") or frozenset()
        weighted = enumerate(self.compiled.channels, start=1)
        return next((number for number, (name, _) in weighted if name in meant), 0)


def _runs(one: SaidListing, as_of: int) -> bool:
    return (one.since is None or one.since <= as_of) and (one.until is None or as_of < one.until)


def _list_edge(listed: Sequence[SaidListing], as_of: int) -> int | None:
    """Return the next moment at which one of these begins or ends."""
    ends = [end for one in listed for end in (one.since, one.until) if end is not None and end > as_of]
    return min(ends, default=None)
