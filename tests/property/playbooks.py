"""Strategies: small playbooks in which every rule kind occurs often.

Tiers are drawn apart, for points that are there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st

from tests.property.words import (
    ACTIVITY_CONDITIONS,
    DEEDS,
    DID,
    FACTS,
    PROFILE_CONDITIONS,
    met_by_deeds,
    met_by_facts,
)

POINTS = st.sampled_from([1, 5, 12, 20, 33.333, 60, 0.5, 2.125, 0.001, -0.001, -7, -40])
CAPS = st.sampled_from([None, None, 1, 5, 12, 25])
DAYS = st.lists(st.integers(1, 40), min_size=1, max_size=3, unique=True).map(sorted)
SHARES = st.sampled_from([12.5, 30, 60, 100, 0])
STRENGTHS = st.sampled_from(["high", "medium", "low"])
GROUPS = st.sampled_from([None, "one", "two"])
SPANS = st.sampled_from([None, "1h", "20d"])
SAME = st.sampled_from(["line", "asset", "asset"])
LONG = st.sampled_from([None, "1h", "1d"])
BRANCHES = st.sampled_from(["sales", "sales", "assisted", "nurture", "none"])
WEIGHTS = st.sampled_from([{}, {"web": 1.2}, {"webinar": 0.5, "web": 1.333}, {"web": 0.25, "webinar": 1.2}])
EVERY_DEED, EVERYBODY = st.sampled_from(ACTIVITY_CONDITIONS), st.sampled_from(PROFILE_CONDITIONS)
YES = st.booleans()
MOSTLY = st.sampled_from([True, True, True, False])


class Theme(NamedTuple):
    """What an example is about, so that its rules and its histories speak of the same: facts and activities."""

    facts: list[tuple[str, str]]
    deeds: list[dict[str, str]]


THEMES = st.builds(
    Theme,
    st.lists(st.sampled_from(FACTS), min_size=6, max_size=10, unique_by=lambda pair: pair[0]),
    st.lists(st.sampled_from(DEEDS), min_size=3, max_size=5),
)


@st.composite
def _fades(draw: st.DrawFn) -> dict[str, str]:
    return {f"{edge}d": f"{draw(SHARES):g} %" for edge in draw(DAYS)}


FADES = _fades()


def _said(**values: Any) -> dict[str, Any]:
    """Return what is said; None is left out."""
    return {name: value for name, value in values.items() if value is not None}


def _named(prefix: str, rules: Sequence[Any]) -> dict[str, Any]:
    return {f"{prefix}{number}": rule for number, rule in enumerate(rules)}


class _Sides:
    """Draws the parts of a definition.

    Most of its conditions are met by the theme: rules that nobody meets test nothing.
    """

    def __init__(self, draw: st.DrawFn, theme: Theme) -> None:
        self.draw = draw
        self._who = st.sampled_from(met_by_facts(theme.facts) or PROFILE_CONDITIONS)
        self._deed = st.sampled_from(met_by_deeds(theme.deeds) or ACTIVITY_CONDITIONS)

    def many(self, least: int, most: int) -> range:
        return range(self.draw(st.integers(least, most)))

    def who(self) -> dict[str, Any]:
        return dict(self.draw(self._who if self.draw(MOSTLY) else EVERYBODY))

    def deed(self) -> dict[str, Any]:
        return dict(self.draw(self._deed if self.draw(MOSTLY) else EVERY_DEED))

    def fades(self) -> dict[str, str] | None:
        return self.draw(FADES) if self.draw(YES) else None

    def fit(self) -> dict[str, Any]:
        rules = [self.who() | _said(points=self.draw(POINTS), group=self.draw(GROUPS)) for _ in self.many(3, 5)]
        groups = {name: {"at_most": self.draw(st.sampled_from([3, 12, 45]))} for name in ("one", "two")}
        return {"at_most": self.draw(st.sampled_from([5, 10, 40])), "groups": groups, "rules": _named("f", rules)}

    def single(self) -> dict[str, Any]:
        """Draw a rule over one activity at a time."""
        given = _said(points=self.draw(POINTS), strength=self.draw(STRENGTHS), fades=self.fades())
        return self.deed() | given | _said(at_most=self.draw(CAPS), group=self.draw(GROUPS))

    def related(self, speaking: list[str]) -> dict[str, Any]:
        """Draw a rule over what belongs together, of rules that speak for a lead."""
        some = st.lists(st.sampled_from(speaking), min_size=min(2, len(speaking)), max_size=4, unique=True)
        return _said(
            points=self.draw(st.integers(1, 40)), of=self.draw(some),
            same=self.draw(SAME), at_least=self.draw(st.sampled_from([2, 2, 2, 3])),
            within=self.draw(SPANS), over=self.draw(LONG), strength=self.draw(STRENGTHS), fades=self.fades(),
            group=self.draw(GROUPS),
        )  # fmt: skip

    def people(self) -> dict[str, Any]:
        """Draw a rule over the people of an account."""
        roles = self.draw(st.sampled_from([[], [], ["engineering"], ["engineering"], ["engineering", "student"]]))
        asked = self.deed() if self.draw(YES) else self.draw(st.sampled_from(DID))
        return asked | _said(
            points=self.draw(POINTS), at_least=self.draw(st.sampled_from([1, 1, 1, 2, 3])), roles=roles,
            within=self.draw(st.sampled_from(["1h", "5d", "30d", "30d"])), strength=self.draw(STRENGTHS),
            group=self.draw(GROUPS),
        )  # fmt: skip

    def opened(self) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
        """Draw a rule over opened mails, and those alone, with what switches them on; or neither."""
        if not self.draw(MOSTLY):
            return [], None
        rule = {"did": "email_opened", "points": self.draw(st.sampled_from([1, 5, 20]))}
        human = self.draw(st.sampled_from([["web"], ["webinar"], ["web", "webinar"]]))
        return [rule | {"strength": self.draw(STRENGTHS)}], {"at_most": self.draw(st.integers(1, 20)), "human": human}

    def intent(self) -> dict[str, Any]:
        rules, opens = self.opened()
        named = _named("i", [self.single() for _ in self.many(2, 5)] + rules)
        speaking = [name for name, rule in named.items() if rule["points"] > 0]
        related = [self.related(speaking) for _ in range(2)] if speaking else []
        groups = {name: _said(at_most=self.draw(CAPS), fades=self.fades()) for name in ("one", "two")}
        return _said(
            at_most=self.draw(st.sampled_from([5, 40, 100])), fades=self.draw(FADES), channels=self.draw(WEIGHTS),
            groups=groups, opens=opens, rules=named, related=_named("t", related),
            people=_named("p", [self.people() for _ in self.many(1, 2)]),
            whose=self.draw(st.sampled_from(["own", "people"])),
        )  # fmt: skip

    def exception(self, rules: list[str]) -> dict[str, Any]:
        some = self.draw(st.lists(st.sampled_from(rules), max_size=2, unique=True)) if rules else []
        return self.who() | {"any": some, "branch": self.draw(st.sampled_from(["ask", "out"]))}


@st.composite
def sides(draw: st.DrawFn, theme: Theme) -> dict[str, Any]:
    """Draw a definition of a lead or an account without any tier, as YAML would say it."""
    parts = _Sides(draw, theme)
    # Now and then without any rule over activities: the statement has another shape then.
    intent = parts.intent() if draw(st.integers(0, 19)) else {"people": _named("p", [parts.people()])}
    line = draw(st.sampled_from([None, "hydraulics", "seals"]))
    return {
        "definition": "d",
        "subject": draw(st.sampled_from(["lead", "account"])),
        "for": {"line": line} if line else {},
        "fit": parts.fit() if draw(st.integers(0, 19)) else {},
        "intent": intent,
        "tiers": {},
        "disqualify": _named("out", [parts.who() for _ in parts.many(0, 2)]),
        "triage": _named("look", [parts.who() for _ in parts.many(0, 1)]),
        "exceptions": _named("but", [parts.exception([*intent.get("rules", {})]) for _ in parts.many(0, 2)]),
    }


@st.composite
def tiers(draw: st.DrawFn, has: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Draw grades and tiers for subjects that have these points, rules and signals."""
    fits, intents = sorted({one["fit"] for one in has}), sorted({one["intent"] for one in has})
    grades = {"fit": draw(_grades("ABC", fits)), "intent": draw(_grades("123", intents))} if draw(MOSTLY) else None
    cells = [f"{row}{column}" for row in grades["fit"] for column in grades["intent"]] if grades else []
    found = [draw(_tier(has, cells)) for _ in range(draw(st.integers(3, 5)))]
    return _said(grades=grades, tiers=_named("T", found))


@st.composite
def _grades(draw: st.DrawFn, names: str, there: list[float]) -> dict[str, float]:
    beside = sorted({*there, there[0] - 1, there[-1] + 1, round(there[-1] + 0.001, 3)})
    points = draw(st.lists(st.sampled_from(beside), min_size=1, max_size=3, unique=True))
    return dict(zip(names, sorted(points, reverse=True), strict=False))


# A threshold is what somebody has, a thousandth more or less: gates are looked at on their edge.
BESIDE = st.sampled_from([0, 0, 0, 0.001, -0.001, -5])
GATES = st.lists(
    st.sampled_from(["fit", "intent", "total", "grades", "grades", "any", "all", "signals", "signals", "signals"]),
    min_size=1,
    max_size=3,
    unique=True,
)


@st.composite
def _tier(draw: st.DrawFn, has: Sequence[dict[str, Any]], cells: list[str]) -> dict[str, Any]:
    """Draw the tier of one of the subjects: most of its gates hold for that one, some just do not."""
    one = draw(st.sampled_from(has))
    needs: dict[str, Any] = {}
    lower: dict[str, Any] = {}
    for gate in draw(GATES):
        if gate in ("fit", "intent", "total"):
            needs[gate] = round(one[gate] + draw(BESIDE), 3)
            lower[gate] = round(needs[gate] - draw(st.sampled_from([0, 0.001, 1, 12, 40])), 3)
        elif gate == "grades" and cells:
            needs[gate] = draw(st.lists(st.sampled_from(cells), min_size=1, max_size=4, unique=True))
            lower[gate] = cells
        elif gate == "signals":
            needs[gate] = draw(_signals(one))
        elif pool := one["gives"] if one["gives"] and draw(MOSTLY) else one["of"]:
            needs[gate] = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=2, unique=True))
    stays = draw(st.sampled_from([None, lower])) or None
    return _said(needs={name: value for name, value in needs.items() if value}, stays=stays, branch=draw(BRANCHES))


@st.composite
def _signals(draw: st.DrawFn, one: dict[str, Any]) -> dict[str, Any]:
    """Draw counts of signals: as many as there are, or one more."""
    different = draw(st.sampled_from(["rules", "kinds"]))
    strengths = draw(st.lists(st.sampled_from(["high", "medium", "low"]), min_size=1, max_size=2, unique=True))
    counts = {strength: one[different][strength] + draw(st.sampled_from([0, 0, 1])) for strength in strengths}
    return {strength: max(least, 1) for strength, least in counts.items()} | {"different": different}
