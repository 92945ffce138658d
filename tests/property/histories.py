"""Strategies: what subjects, their accounts and its people are and did, on and beside the edges of a definition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import strategies as st

from penstock.playbook.compiled import OPENED, CompiledDefinition
from tests.property.playbooks import Theme
from tests.property.words import DAY, DEEDS, FACTS, HOUR, LISTS, NOW, ORIGINS

FEEDS = ["crm", "forms", "person", "list", "Zlist", "lista"]
# How much after NOW something was received: mostly long before, else at it and just beside.
RECEIVED = st.sampled_from([-40 * DAY, -40 * DAY, -40 * DAY, -DAY, -1, 0, 1, DAY])
BESIDE = st.sampled_from([0, 0, -1, 1])
# Moments that are judged beside NOW, where ages are on their edges.
MOMENTS = st.lists(st.sampled_from([-3 * DAY, -HOUR, -1, 1, HOUR, 2 * DAY]), max_size=2, unique=True)


class FactSaid(NamedTuple):
    """A fact: field, text, feed, hours before NOW that it was said, how long after NOW it was received, typed."""

    field: str
    text: str
    feed: str
    hour: int
    late: int
    typed: bool


class Deed(NamedTuple):
    """An activity: age at NOW, how long after NOW it was received, its words."""

    age: int
    late: int
    words: dict[str, str]


class Life(NamedTuple):
    """What is said of somebody and what they did."""

    facts: list[FactSaid]
    deeds: list[Deed]


class Listing(NamedTuple):
    """A word of a feed about a target list: list, origin, how long after NOW the membership begins and ends (None:
    open), feed, hours before NOW that it was said, how long after NOW it was received.
    """

    name: str
    origin: str
    since: int | None
    until: int | None
    feed: str
    hour: int
    late: int


class SubjectOf(NamedTuple):
    """A lead with its account, the other people there, and the lists that the account is on."""

    own: Life
    account: Life
    others: list[Life]
    lists: list[Listing]


@st.composite
def _fact(draw: st.DrawFn, pool: Sequence[tuple[str, str]]) -> FactSaid:
    field, text = draw(st.sampled_from(pool))
    feed, hour = draw(st.sampled_from(FEEDS)), draw(st.integers(0, 3))
    return FactSaid(field, text, feed, hour, draw(RECEIVED), draw(st.sampled_from([False, False, False, True])))


# Mostly at the same few moments, so that lists begin and end on each other's edges and are said anew.
ENDS = st.sampled_from([None, None, -DAY, -DAY, -1, 0, 1, DAY])
LISTINGS = st.builds(
    Listing, st.sampled_from(["key", "key", *LISTS]), st.sampled_from([*ORIGINS, ""]), ENDS, ENDS,
    st.sampled_from(["crm", "forms", *FEEDS]),
    st.integers(0, 2), RECEIVED,
)  # fmt: skip


def edges_of(compiled: CompiledDefinition) -> list[int]:
    """Return the ages at which anything of a definition changes, and 0."""
    ages = {edge for _, edges in compiled.edges for edge in edges}
    ages |= {rule.crowd.within for rule in compiled.people if rule.crowd is not None}
    return sorted({0, HOUR, *ages})


def _spans_of(compiled: CompiledDefinition) -> list[int]:
    asked = [rule.together for rule in compiled.related if rule.together is not None]
    return [0, *sorted({span for how in asked for span in (how.within, how.over) if span is not None})]


@st.composite
def lives(draw: st.DrawFn, compiled: CompiledDefinition, theme: Theme) -> list[SubjectOf]:
    """Draw several subjects, whose activities are as old as an edge, plus what is asked to lie between two."""
    edges, spans = st.sampled_from([*edges_of(compiled), 0, HOUR, DAY]), st.sampled_from(_spans_of(compiled))
    opened = (
        [{"kind": OPENED, "channel": channel} for channel in ("web", "webinar")]
        if any(rule.of_opens for rule in compiled.intent)
        else []
    )
    words = st.sampled_from([*theme.deeds * 4, *opened * 2, *DEEDS[:: len(DEEDS) // 10]])
    asked = theme.facts * 3 + [pair for pair in FACTS if pair[0] in compiled.fields]
    roles = [("function", "engineering"), *(pair for pair in FACTS if pair[0] in ("function", "title"))]
    deed = st.builds(lambda edge, span, us, late, said: Deed(edge + span + us, late, said),
                     edges, spans, BESIDE, RECEIVED, words)  # fmt: skip
    own = st.builds(Life, st.lists(_fact(asked), min_size=2, max_size=6), st.lists(deed, min_size=3, max_size=8))
    account = st.builds(Life, st.lists(_fact(asked), min_size=1, max_size=5), st.lists(deed, min_size=3, max_size=7))
    person = st.builds(Life, st.lists(_fact(roles), min_size=1, max_size=2), st.lists(deed, min_size=1, max_size=3))
    most = 3 if compiled.people or compiled.counts_people else 1
    lists = st.lists(LISTINGS, max_size=6 if compiled.lists else 1)
    one = st.builds(SubjectOf, own, account, st.lists(person, max_size=most), lists)
    return draw(st.lists(one, min_size=2, max_size=4))


def moments(beside: Sequence[int]) -> list[int]:
    """Return the moments that are judged, in order."""
    return sorted({NOW, *(NOW + by for by in beside)})
