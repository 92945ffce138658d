"""The people of the fake vendor's world, one by one from their number: who they are, and what they are up to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from random import Random

from connectors.demo import words
from connectors.demo.companies import Company, company, company_count, slug
from connectors.demo.texts import SHELVES, Shelf
from connectors.demo.world import HISTORY_DAYS, World

# What somebody is up to → how many in a thousand. Each of them makes something occur that a demo must show.
PLOTS = {
    "hot": 180,  # reads for a while, then asks for a quote: tier A where the fit is good
    "warm": 200,  # two or three signals of different kinds: tier B
    "curious": 310,  # a form, a guide, some pages: nurture
    "silent": 110,  # is only on a list or in the CRM
    "leaver": 60,  # takes the mails back before they have begun, then comes again
    "partner": 45,  # a distributor's contact, with a project
    "outsider": 35,  # asks strongly, and does not fit
    "student": 25,
    "rival": 15,
    "applicant": 10,  # came by the job portal
    "odd": 10,  # from a source that nobody agreed on
}
UNKNOWN_TO_CRM = ("outsider", "rival", "student", "applicant")
BEFORE, LATER = 0.36, 0.02  # shares that are there on day one, and that come only after the last day
NO_ADDRESS = 0.08
SAYS_YES = 0.8


@dataclass(frozen=True, slots=True)
class Person:
    """A person: who they are, what they are up to, and the day (from day one) on which they first appear."""

    number: int
    first_name: str
    last_name: str
    title: str
    email: str
    company: Company
    plot: str
    shelf: Shelf
    day: float
    consents: bool

    @property
    def language(self) -> str:
        """Return the language in which they write."""
        return self.company.land.language

    @property
    def is_history(self) -> bool:
        """Whether they were there before day one."""
        return self.day < 0


@lru_cache(maxsize=100_000)
def person(world: World, number: int) -> Person:
    """Return person ``number``: a few without any address, about four in five of the others consent to mail."""
    dice = world.dice("person", number)
    plot = dice.choices(list(PLOTS), list(PLOTS.values()))[0]
    # Whom no CRM knows stands beyond its companies: rivals and outsiders would change what it says of the others.
    known = company_count(world)
    works_for = company(world, known + number if plot in UNKNOWN_TO_CRM else dice.randrange(known))
    first, last = (dice.choice(names[works_for.land.language]) for names in (words.FIRST_NAMES, words.FAMILY_NAMES))
    without = plot in ("curious", "warm", "silent") and dice.random() < NO_ADDRESS
    # The number keeps two people of one name and company apart, as a company's administrator would.
    email = "" if without else f"{slug(first)}.{slug(last)}{number}@{works_for.domain}"
    return Person(
        number, first, last, _title(dice, plot, works_for.land.language), email, works_for, plot,
        dice.choices(SHELVES, (6, 4))[0], _first_day(world, dice, plot), dice.random() < SAYS_YES,
    )  # fmt: skip


def _title(dice: Random, plot: str, language: str) -> str:
    functions = [function for function in words.TITLES if function != "student"]
    function = "student" if plot == "student" else dice.choices(functions, (45, 22, 16, 10, 7))[0]
    titles: tuple[str, ...] = words.TITLES[function][language]
    return dice.choice(titles)


def _first_day(world: World, dice: Random, plot: str) -> float:
    """Return the day on which somebody appears: some before day one, a few after the end, the rest in between.

    They come a little sooner than evenly, so that most have time to do something before the demo ends.
    """
    roll = dice.random()
    if roll < BEFORE:
        return -dice.uniform(1, HISTORY_DAYS)
    if roll > 1 - LATER and plot != "odd":
        return world.days + dice.uniform(0, 10)
    return float(world.days * 0.97 * dice.random() ** 1.3)
