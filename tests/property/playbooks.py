"""Strategies: small playbooks over the tests' vocabulary, and histories that speak its words, well and badly."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from penstock.playbook.definition import Definition

DAY = 86_400_000_000
HOUR = DAY // 24
# 2026-03-02 09:00 UTC, in microseconds.
NOW = 1_772_442_000_000_000

FACT_WORDS = {
    "industry": ["Maschinenbau", "machinery", "mining", "Bergbau?"],
    "country": ["DE", "AT", "NL", "Atlantis"],
    "region": ["dach", "benelux", "the north"],
    "title": ["Design Engineer", "Student", "CEO"],
    "function": ["engineering", "student", "cook"],
    "source": ["Website", "fair", "who knows"],
}
ACTIVITY_WORDS = {
    "kind": ["rfq_submitted", "content_downloaded", "page_viewed", "webinar_attended", "email_opened"],
    "channel": ["web", "webinar", "pigeon"],
    "source": ["Website", "fair", "who knows"],
    "asset": ["HX-200 Datasheet", "seal-7 guide", "a page"],
    "line": ["hydraulics", "seals", "brakes"],
    "text": ["urgent: we need it", "no hurry", "ASAP!"],
    "campaign": ["HX launch", "spring"],
}
TERMS = {
    "industry": ["machinery", "mining"], "country": ["DE", "AT", "NL"], "region": ["dach", "benelux"],
    "function": ["engineering", "student"], "source": ["web", "fair"], "on_list": ["key", "fair"],
}  # fmt: skip
WORDS = {
    "did": ACTIVITY_WORDS["kind"], "channel": ["web", "webinar"], "asset": ["datasheet", "guide"],
    "content_stage": ["early", "deciding"], "line": ["hydraulics", "seals"], "says": ["urgent"],
    "source": ["web", "fair"], "campaign": ["hx launch", "spring"],
}  # fmt: skip
LISTS, ORIGINS = ["Key accounts", "key", "Fair 2026", "forgotten"], ["Vertrieb", "partner", "unheard of", ""]
FEEDS = ["crm", "forms", "person", "list", "Zlist", "lista"]


def _often(one: st.SearchStrategy[Any], other: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Draw from the first three times in four: rules that nobody meets test nothing."""
    return st.one_of(one, one, one, other)


def _matcher(terms: list[str]) -> st.SearchStrategy[Any]:
    some = st.lists(st.sampled_from(terms), min_size=1, max_size=3, unique=True)
    states = st.sampled_from(["known", "unknown", "missing"]).map(lambda state: {"is": state})
    return _often(some, st.one_of(some.map(lambda one: {"not": one}), states))


def _lists(names: list[str]) -> st.SearchStrategy[Any]:
    some = st.lists(st.sampled_from(names), min_size=1, unique=True)
    made = st.lists(st.sampled_from(["sales", "partner"]), min_size=1, unique=True)
    both = st.fixed_dictionaries({"list": some, "origin": made})
    asked = st.one_of(some, both, made.map(lambda one: {"origin": one}))
    return _often(asked, st.booleans() | asked.map(lambda one: {"not": one}))


def _asked(name: str, terms: list[str]) -> st.SearchStrategy[Any]:
    return _lists(terms) if name == "on_list" else _matcher(terms)


def _conditions(terms: dict[str, list[str]], most: int) -> st.SearchStrategy[dict[str, Any]]:
    one = st.sampled_from(sorted(terms)).map(lambda name: [name])
    fields = _often(one, st.lists(st.sampled_from(sorted(terms)), min_size=1, max_size=most, unique=True))
    return fields.flatmap(lambda names: st.fixed_dictionaries({name: _asked(name, terms[name]) for name in names}))


SIZES: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.sampled_from(["known", "unknown", "missing"]).map(lambda state: {"employees": {"is": state}}),
    st.tuples(st.sampled_from([1, 50, 51]), st.sampled_from([819, 820, 9_000])).map(
        lambda ends: {"employees": {"from": ends[0], "to": ends[1]}}
    ),
)
POINTS = st.one_of(st.integers(1, 60), st.integers(-40, -1), st.sampled_from([0.5, 2.125, -0.001, 33.333]))
EDGES = st.lists(st.integers(1, 40), min_size=1, max_size=3, unique=True).map(sorted)
FADES = EDGES.flatmap(
    lambda edges: st.lists(st.integers(0, 100), min_size=len(edges), max_size=len(edges)).map(
        lambda shares: {f"{edge}d": f"{share} %" for edge, share in zip(edges, shares, strict=True)}
    )
)
GROUP = st.sampled_from([None, None, "one", "two"])
FIT_RULES = st.builds(
    lambda c, size, points, group: {**c, **size, "points": points, **({"group": group} if group else {})},
    _conditions(TERMS, 2), SIZES, POINTS, GROUP,
)  # fmt: skip
INTENT_RULES = st.builds(
    lambda c, points, strength, fades, cap, group: {
        **c, "points": points, "strength": strength,
        **({"fades": fades} if fades else {}), **({"at_most": cap} if cap else {}),
        **({"group": group} if group else {}),
    },
    _conditions(WORDS, 3), POINTS, st.sampled_from(["high", "medium", "low"]), st.none() | FADES,
    st.none() | st.integers(1, 30), GROUP,
)  # fmt: skip


def _groups(fades: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    group = st.builds(lambda cap, own: {"at_most": cap, **({"fades": own} if own else {})}, st.integers(1, 60), fades)
    return st.fixed_dictionaries({"one": group, "two": group})


# Mostly by kind, and looked at on the edges of their time: rules that nobody meets test nothing.
DID = st.lists(st.sampled_from(ACTIVITY_WORDS["kind"]), min_size=2, unique=True).map(lambda kinds: {"did": kinds})
PEOPLE = st.builds(
    lambda c, more: {**c, **more}, _often(DID, _conditions(WORDS, 1)),
    st.fixed_dictionaries({
        "points": POINTS, "at_least": st.sampled_from([1, 1, 2, 3]), "within": st.sampled_from(["1h", "5d", "30d"]),
        "roles": st.lists(st.sampled_from(["engineering", "student"]), max_size=1), "group": GROUP,
        "strength": st.sampled_from(["high", "medium", "low"]),
    }),
)  # fmt: skip
OPENS = st.none() | st.fixed_dictionaries({
    "at_most": st.integers(1, 20), "human": st.lists(st.sampled_from(["web", "webinar"]), min_size=1, unique=True),
})  # fmt: skip


@st.composite
def _related(draw: st.DrawFn, rules: dict[str, Any]) -> dict[str, Any]:
    """Rules over what belongs together, of rules that speak for a lead."""
    speaking = [name for name, rule in rules.items() if rule["points"] > 0]
    if not speaking:
        return {}
    span = st.none() | st.sampled_from(["1h", "1d", "5d", "20d"])
    one = st.fixed_dictionaries({
        "points": st.integers(1, 40), "of": st.lists(st.sampled_from(speaking), min_size=1, unique=True),
        "same": st.sampled_from(["line", "asset"]), "at_least": st.integers(2, 3), "within": span, "over": span,
        "strength": st.sampled_from(["high", "medium", "low"]), "fades": st.none() | FADES, "group": GROUP,
    })  # fmt: skip
    return _named("t", draw(st.lists(one, max_size=2)))


def _named(prefix: str, rules: list[Any]) -> dict[str, Any]:
    return {f"{prefix}{number}": rule for number, rule in enumerate(rules)}


@st.composite
def definitions(draw: st.DrawFn) -> Definition:
    """A definition of a lead or an account, any parts of which may be left out."""
    intent = _named("i", draw(st.lists(INTENT_RULES, min_size=1, max_size=5) | st.just([])))
    related = draw(_related(intent))
    grades = draw(st.none() | GRADES)
    cells = [f"{row}{column}" for row in grades["fit"] for column in grades["intent"]] if grades else []
    people = _named("p", draw(st.lists(PEOPLE, max_size=2)))
    tiers = _named("T", draw(st.lists(_tiers([*intent, *related, *people], cells), min_size=1, max_size=3)))
    line = draw(st.sampled_from([None, "hydraulics", "seals"]))
    return Definition.model_validate(
        {
            "definition": "d",
            "subject": draw(st.sampled_from(["lead", "lead", "account"])),
            "for": {"line": line} if line else {},
            "fit": {
                "at_most": draw(st.integers(5, 60)),
                "groups": draw(_groups(st.none())),
                "rules": _named("f", draw(st.lists(FIT_RULES, max_size=4))),
            },
            "intent": {
                "at_most": draw(st.integers(5, 100)),
                "fades": draw(FADES),
                "channels": draw(
                    st.dictionaries(st.sampled_from(["web", "webinar"]), st.sampled_from([0.5, 1.2, 1.333]))
                ),
                "groups": draw(_groups(st.none() | FADES)),
                **({"opens": opens} if (opens := draw(OPENS)) else {}),
                "rules": intent,
                "related": related,
                "whose": draw(st.sampled_from(["own", "people"])),
                "people": people,
            },
            **({"grades": grades} if grades else {}),
            "tiers": tiers,
            "disqualify": _named("out", draw(st.lists(_conditions(TERMS, 2), max_size=2))),
            "triage": _named("look", draw(st.lists(_conditions(TERMS, 1), max_size=1))),
            "exceptions": _named("but", draw(st.lists(_exceptions(list(intent)), max_size=2))),
        }
    )


def _exceptions(rules: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    some = st.lists(st.sampled_from(rules), max_size=2, unique=True) if rules else st.just([])
    where: st.SearchStrategy[dict[str, Any]] = st.just({}) | _conditions(TERMS, 1)
    return st.builds(
        lambda one, done, to: {**one, "any": done, "branch": to}, where, some, st.sampled_from(["ask", "out"])
    )


def _grades(names: str, most: int) -> st.SearchStrategy[dict[str, Any]]:
    points = st.lists(st.integers(-5, most), min_size=1, max_size=3, unique=True).map(lambda p: sorted(p, reverse=True))
    return points.map(lambda falling: dict(zip(names, falling, strict=False)))


GRADES = st.fixed_dictionaries({"fit": _grades("ABC", 40), "intent": _grades("123", 60)})


def _tiers(rules: list[str], cells: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    some = st.lists(st.sampled_from(rules), max_size=2, unique=True) if rules else st.just([])
    gate = st.none() | st.integers(0, 60)
    counts = st.fixed_dictionaries({}, optional={s: st.integers(1, 2) for s in ("high", "medium", "low")})
    different = st.sampled_from(["rules", "kinds"])
    signals = st.none() | st.builds(lambda least, how: {**least, "different": how} if least else {}, counts, different)
    points: dict[str, Any] = {"fit": gate, "intent": gate, "total": gate}
    lower: dict[str, Any] = dict.fromkeys(points, st.integers(-20, 20))
    if cells:
        lower["grades"] = st.lists(st.sampled_from(cells), min_size=1, max_size=min(5, len(cells)), unique=True)
        points["grades"] = st.just([]) | lower["grades"]
    needs = st.fixed_dictionaries({**points, "any": some, "all": some, "signals": signals})
    stays = st.none() | st.fixed_dictionaries({}, optional=lower)
    ways = st.tuples(needs, stays) | _edges(cells)
    return st.builds(
        lambda way, branch: {
            "needs": {k: v for k, v in way[0].items() if v}, "branch": branch, **({"stays": way[1]} if way[1] else {}),
        },
        ways, st.sampled_from(["sales", "nurture", "none"]),
    )  # fmt: skip


def _edges(cells: list[str]) -> st.SearchStrategy[Any]:
    """A tier entered at one threshold (or in one cell) and left at a lower one, which most subjects have."""
    word, high, low = st.sampled_from(["fit", "intent", "total"]), st.integers(1, 40), st.integers(-20, 0)
    plain = st.builds(lambda name, more, less: ({name: more}, {name: less}), word, high, low)
    graded = st.just(({"grades": cells[:1]}, {"grades": cells}))
    return plain | graded if cells else plain


# Ages on, just before and just after the edges of bands, where off-by-ones live; and ahead of now.
AGES = st.one_of(
    st.integers(-2 * DAY, 45 * DAY),
    st.tuples(st.integers(0, 41), st.sampled_from([-1, 0, 1])).map(lambda edge: edge[0] * DAY + edge[1]),
)
FACTS = st.one_of(
    *(
        st.tuples(
            st.just(field), st.sampled_from(words), st.sampled_from(FEEDS), st.integers(0, 3),
            st.sampled_from([-DAY, -DAY, 0, HOUR]), st.booleans(),
        )
        for field, words in FACT_WORDS.items()
    ),
    st.tuples(
        st.just("employees"), st.sampled_from(["0", "49", "50", "820", "100000"]), st.sampled_from(FEEDS),
        st.integers(0, 3), st.just(0), st.booleans(),
    ),
)  # fmt: skip
ACTIVITIES = st.tuples(
    AGES,
    st.sampled_from([-DAY, -DAY, 0, DAY]),
    st.fixed_dictionaries(
        {"kind": st.sampled_from(ACTIVITY_WORDS["kind"])},
        optional={field: st.sampled_from(words) for field, words in ACTIVITY_WORDS.items() if field != "kind"},
    ),
)
"""(age at NOW, how much later than NOW it was received, words)."""
ROLES = st.tuples(
    st.just("function"), st.sampled_from(FACT_WORDS["function"]), st.sampled_from(FEEDS), st.just(0), st.just(-DAY),
    st.booleans(),
)  # fmt: skip
LATELY = st.tuples(
    st.sampled_from([HOUR - 1, HOUR, 5 * DAY - 1, 5 * DAY, 5 * DAY + 1, 30 * DAY - 1, 30 * DAY, 0, -1]), st.just(-DAY),
    st.sampled_from(ACTIVITY_WORDS["kind"]).map(lambda kind: {"kind": kind}),
)  # fmt: skip
PERSON = st.tuples(st.lists(_often(ROLES, FACTS), max_size=2), st.lists(_often(LATELY, ACTIVITIES), max_size=2))
# Mostly at the same few moments, so that lists begin and end on each other's edges and are said anew.
ENDS = st.none() | st.sampled_from([-DAY, -1, 0, 1, DAY])
LISTINGS = st.tuples(
    st.sampled_from(LISTS), st.sampled_from(ORIGINS), ENDS, ENDS, st.sampled_from(FEEDS), st.integers(0, 2),
    st.sampled_from([-DAY, -DAY, 0, 1]),
)  # fmt: skip
"""(list, origin, how much later than NOW it begins and ends, feed, hours since it was said, how much later than NOW it
was received)."""
SUBJECTS = st.tuples(
    st.lists(FACTS, max_size=6), st.lists(FACTS, max_size=3), st.lists(ACTIVITIES, max_size=8),
    st.lists(PERSON, max_size=3), st.lists(LISTINGS, max_size=4),
)  # fmt: skip
"""(own facts, its account's facts, activities, other people of the account: facts, activities; target lists)."""
