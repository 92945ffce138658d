"""The companies of the fake vendor's world, one by one from their number; used by people.py and journeys.py."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from connectors.demo import words
from connectors.demo.world import World

PEOPLE_A_COMPANY = 2.2
HAS_OWNER = 0.12  # the share of accounts that a rep looks after
# Two that the components starter knows how to spell, see the companies of its vocabulary.
KNOWN = (("Brunner Maschinenbau AG", "CH", "machine-building"), ("Northfield Balers Inc", "US", "recycling"))
MISSPELT = {
    "Brunner Maschinenbau AG": ("Bruner Maschinenbau AG", "Brunner Maschinenbau"),
    "Northfield Balers Inc": ("Northfeild Balers", "Northfield Balers, Inc."),
}
OWNERS = ("Anna Vogt", "A. Vogt", "Ben Kuehn", "Oliver Pryce", "M. Aubert", "Dwayne Porter")


@dataclass(frozen=True, slots=True)
class Company:
    """A company as it is; how a feed spells it, the journeys decide."""

    number: int
    name: str
    domain: str
    land: words.Land
    industry: str
    kind: str
    employees: int
    owner: str


def company_count(world: World) -> int:
    """Return how many companies the leads of a world work for."""
    return max(2, int(world.leads / PEOPLE_A_COMPANY))


@lru_cache(maxsize=50_000)
def company(world: World, number: int) -> Company:
    """Return company ``number``; its name and domain are its own."""
    dice = world.dice("company", number)
    land = dice.choices(words.LANDS, [land.share for land in words.LANDS])[0]
    industry = dice.choices(list(words.INDUSTRIES), words.INDUSTRY_SHARES)[0]
    name = _name(number, words.NAME_WORDS[industry][land.language != "de"], land)
    domain = f"{slug(' '.join(_partners(number, land)))}.example"
    if number < len(KNOWN):
        name, code, industry = KNOWN[number]
        land = next(one for one in words.LANDS if one.code == code)
        domain = f"{slug(name.rpartition(' ')[0])}.example"
    kind = dice.choices(list(words.COMPANY_TYPES), (48, 26, 10, 9, 5, 2))[0]
    sizes = (dice.randint(2, 9), dice.randint(10, 99), dice.randint(100, 900), dice.randint(900, 9000))
    employees = dice.choices(sizes, (6, 30, 46, 18))[0]
    owner = dice.choice(OWNERS) if dice.random() < HAS_OWNER else ""
    return Company(number, name, domain, land, industry, kind, employees, owner)


def _name(number: int, word: str, land: words.Land) -> str:
    """Return a name that no other number gets."""
    first, second, *where = _partners(number, land)
    return " ".join((first, "&", second, word, *where, land.form))


def _partners(number: int, land: words.Land) -> tuple[str, ...]:
    """Return what tells a company from all others: two families, then a town, then a figure."""
    families = words.FAMILY_NAMES[land.language]
    pair, first = divmod(number, len(families))
    town_round, step = divmod(pair, len(families) - 1)
    figure, town = divmod(town_round, len(land.towns))
    second = families[(first + step + 1) % len(families)]
    where = (*((land.towns[town],) if town_round else ()), *((str(figure + 1),) if figure else ()))
    return (families[first], second, *where)


def slug(text: str) -> str:
    """Return a text as the plain letters, digits and hyphens of an address."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
