"""What the fake vendor's systems give beside people: the CRM's accounts, and rows of lists that are no use."""

from __future__ import annotations

import json

from connectors.demo import words
from connectors.demo.companies import company, company_count
from connectors.demo.pen import Said
from connectors.demo.world import HISTORY_DAYS, World
from penstock.records import Happening, Record, Unreadable

IN_CRM = 0.75
BROKEN_ONE_IN = 60  # rows of partners' lists, by leads: enough to see what quarantine is for


def account_count(world: World) -> int:
    """Return how many companies the CRM knows as accounts."""
    return max(2, int(company_count(world) * IN_CRM))


def account(world: World, number: int) -> list[Said]:
    """Return the CRM's record of an account: what it says of the company, spelt as whoever entered it did."""
    dice, firm = world.dice("account", number), company(world, number)
    since = -dice.uniform(1, HISTORY_DAYS) if dice.random() < IN_CRM else world.days * dice.random() * 0.8
    fields = {
        "company": firm.name, "domain": firm.domain, "industry": dice.choice(words.INDUSTRIES[firm.industry]),
        "employees": str(firm.employees), "company_type": dice.choice(words.COMPANY_TYPES[firm.kind]),
        "country": dice.choice(firm.land.spelt), "owner": firm.owner,
    }  # fmt: skip
    told = {name: value for name, value in fields.items() if value}
    key, at = f"A{number:05d}", world.at(since)
    record = Record(key, at, company_id=key, fields=told, raw=json.dumps({"id": key, **told}, ensure_ascii=False),
                    place=f"crm/{key}")  # fmt: skip
    return [Said(at, "crm", record)]


def broken_count(world: World) -> int:
    """Return how many rows of partners' lists are no use."""
    return max(4, world.leads // BROKEN_ONE_IN)


def broken(world: World, number: int) -> list[Said]:
    """Return a row that cannot be read (a date that does not exist), or that names nobody, in turn."""
    seen, key = world.at(world.dice("broken", number).uniform(-20, world.days * 0.8)), f"X{number:05d}"
    raw = json.dumps({"date": "31/02/2026" if number % 2 else "", "company": "", "contact": "", "note": "see mail"})
    place = f"partner-lists/{key}"
    if number % 2:
        row = Unreadable(
            key, "bad_date", 'date: there is no day "31/02/2026"; write for example 2026-02-28', raw, place
        )
        return [Said(seen, "partner-lists", row)]
    nobody = Record(key, seen, happening=Happening("list_received", "partner", "Händler"), raw=raw, place=place)
    return [Said(seen, "partner-lists", nobody)]
