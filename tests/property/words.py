"""What generated playbooks ask for and generated histories say: every field and matcher, well spelt and badly.

Listed once, so that drawing a condition or an activity is one choice: five hundred examples take seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import product
from typing import Any

from penstock.playbook.conditions import ACTIVITY_FIELDS, read_matcher
from penstock.playbook.profile_sql import FALLBACKS
from penstock.playbook.reference import matches
from penstock.playbook.terms import Terms
from penstock.playbook.vocabulary import Vocabulary
from tests.history import VOCABULARY

HOUR = 3_600_000_000
DAY = 24 * HOUR
# 2026-03-02 09:00 UTC, in microseconds.
NOW = 1_772_442_000_000_000

WORDS_MEAN = Terms(
    Vocabulary.model_validate(
        VOCABULARY
        | {
            "seniorities": {"head": {"titles": ["head*", "*chief*"]}},
            "campaigns": {"spring": ["Spring 26"]},
            "fields": {"standards": "text", "lines_run": "number"},
        }
    )
)
TRUST = ["crm", "forms"]

FACT_WORDS = {
    "industry": ["Maschinenbau", "machinery", "mining", "Bergbau?"],
    "country": ["DE", "AT", "NL", "Atlantis"],
    "region": ["dach", "benelux", "the north"],
    "title": ["Head of Design, Engineer", "Student", "Poet", "chief engineer"],
    "function": ["engineering", "student", "cook"],
    "seniority": ["head", "deputy"],
    "source": ["Website", "fair", "who knows"],
    "campaign": ["spring", "Autumn"],
    "domain": ["a.example", "b.example"],
    "company": ["A Works", "B Works"],
    "standards": ["ISO 9001", "none"],
    "employees": ["0", "49", "50", "820", "100000"],
    "lines_run": ["0", "3", "4"],
}
LISTS, ORIGINS = ["Key accounts", "key", "Fair 2026", "forgotten"], ["Vertrieb", "partner", "unheard of"]
NUMBERS = frozenset({"employees", "lines_run"})
ACTIVITY_WORDS = {
    "kind": ["rfq_submitted", "content_downloaded", "page_viewed", "webinar_attended", "email_opened"],
    "channel": ["web", "webinar", "pigeon"],
    "source": ["Website", "fair", "who knows"],
    "campaign": ["spring", "Autumn"],
    "asset": ["HX-200 Datasheet", "seal-7 guide", "a page"],
    "line": ["hydraulics", "seals", "brakes"],
    "text": ["urgent: we need it", "no hurry", "ASAP!"],
}
KINDS_OF_ACTIVITY = ACTIVITY_WORDS["kind"]
PROFILE_TERMS = {
    "industry": ["machinery", "mining"], "country": ["DE", "AT", "NL"], "region": ["dach", "benelux"],
    "function": ["engineering", "student"], "seniority": ["head"], "source": ["web", "fair"], "campaign": ["spring"],
    "domain": ["a.example"], "company": ["a works"], "standards": ["iso 9001"],
}  # fmt: skip
ACTIVITY_TERMS = {
    "did": KINDS_OF_ACTIVITY[:4], "channel": ["web", "webinar"], "asset": ["datasheet", "guide"],
    "content_stage": ["early", "deciding"], "line": ["hydraulics", "seals"], "says": ["urgent"],
    "source": ["web", "fair"], "campaign": ["spring"],
}  # fmt: skip
STATES = ("known", "unknown", "missing")


def _matchers(terms: list[str]) -> list[Any]:
    """Return ways to ask a field; those that many meet come more often, for rules that nobody meets test nothing."""
    one = [[term] for term in terms]
    negated = [{"not": [term]} for term in terms]
    return [*one, *one, terms, terms, *negated, *({"is": state} for state in STATES)]


def _conditions(terms: dict[str, list[str]]) -> list[dict[str, Any]]:
    alone = [{field: matcher} for field, of in terms.items() for matcher in _matchers(of)]
    return alone + [one | other for one, other in zip(alone, alone[len(alone) // 3 :], strict=False)]


SIZES: list[dict[str, Any]] = [
    *({"employees": {"is": state}} for state in STATES),
    *({"employees": {"from": low, "to": high}} for low, high in product((1, 50, 51), (819, 820, 9_000))),
    {"employees": {"from": 50}}, {"employees": {"to": 820}}, {"lines_run": {"from": 3, "to": 3}},
]  # fmt: skip
LISTED: list[Any] = [
    "key", "fair", ["key", "fair"], True, False, {"list": "key", "origin": "partner"}, {"origin": ["sales", "partner"]},
    {"not": "key"}, {"not": {"list": ["fair", "key"], "origin": "sales"}}, {"not": {"origin": "partner"}},
]  # fmt: skip
# Whether they hold is a matter of moments: each of them is asked often, whoever is spoken of.
ON_LISTS = [{"on_list": asked} for asked in LISTED]
PROFILE_CONDITIONS = [*_conditions(PROFILE_TERMS), *SIZES]
ACTIVITY_CONDITIONS = _conditions(ACTIVITY_TERMS)
DID = [{"did": [kind]} for kind in ACTIVITY_TERMS["did"]] + [{"did": ACTIVITY_TERMS["did"]}] * 4
FACTS = [(field, text) for field, texts in FACT_WORDS.items() for text in texts]


def _deeds() -> list[dict[str, str]]:
    """Return some hundred activities, with and without each word: a spread over all that could be said."""
    rest = {field: ["", *words] for field, words in ACTIVITY_WORDS.items() if field != "kind"}
    every = list(product(ACTIVITY_WORDS["kind"], *rest.values()))
    some = every[:: len(every) // 149]
    return [{"kind": kind, **{f: w for f, w in zip(rest, words, strict=True) if w}} for kind, *words in some]


DEEDS = _deeds()
FROM_ASSET = {"line": "asset", "content_stage": "asset"}


def _values(said: Mapping[str, str], fields: Sequence[str], instead: Mapping[str, str]) -> dict[str, Any]:
    """Return what words mean by field, as a condition is asked of them; a number in thousandths."""
    found: dict[str, Any] = {}
    for field in fields:
        source = field if field in said else instead.get(field, field)
        if source in NUMBERS and source in said:
            found[field] = int(said[source]) * 1000
        elif source in said:
            found[field] = frozenset(term for of, term in WORDS_MEAN.of(source, said[source]) if of == field)
    return found


@lru_cache(maxsize=256)
def _met_by_deed(place: int) -> frozenset[int]:
    values = _values(DEEDS[place], [*ACTIVITY_FIELDS.values()], FROM_ASSET)
    return frozenset(
        number
        for number, condition in enumerate(ACTIVITY_CONDITIONS)
        if matches([read_matcher(ACTIVITY_FIELDS[word], asked) for word, asked in condition.items()], values)
    )


def met_by_deeds(deeds: Sequence[dict[str, str]]) -> list[dict[str, Any]]:
    """Return the conditions that at least one of these activities meets."""
    numbers = frozenset[int]().union(*(_met_by_deed(DEEDS.index(deed)) for deed in deeds))
    return [ACTIVITY_CONDITIONS[number] for number in sorted(numbers)]


def met_by_facts(facts: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return the conditions over a profile that somebody with all of these facts meets."""
    values = _values(dict(facts), [*FACT_WORDS], FALLBACKS)
    met = [
        condition
        for condition in PROFILE_CONDITIONS
        if matches([read_matcher(field, asked) for field, asked in condition.items()], values)
    ]
    return met + ON_LISTS + [one | other for one, other in zip(met, ON_LISTS, strict=False)]
