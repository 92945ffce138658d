"""The vocabulary: canonical terms and how the world spells them, word lists, trust in feeds. Part of what decides."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from penstock.playbook.part import Id, Part


class Entry(Part):
    """One canonical term: spellings in any case, ``*`` for anything. A list alone is its spellings."""

    title: str = ""
    spelt: list[str] = []
    """How the world spells it; `*` stands for anything."""
    countries: list[str] = []
    """Regions only: ISO codes of the countries in it."""
    assets: list[str] = []
    """Lines only: patterns of asset names that speak of the line."""
    content_stage: str = ""
    """Assets only: how far somebody is who reads them, in the team's own words (early, comparing, deciding)."""
    titles: list[str] = []
    """Functions and seniorities only: patterns of job titles."""


def _entry(value: Any) -> Any:  # noqa: ANN401 - what YAML gave
    if value is None:
        return {}
    return {"spelt": value} if isinstance(value, list) else value


Entries = dict[Id, Annotated[Entry, BeforeValidator(_entry)]]


class Vocabulary(Part):
    """All vocabularies, by field. A term's own id is always one of its spellings."""

    sources: Entries = {}
    """Marketing's lead sources; one that is spelt in no known way goes to triage."""
    campaigns: Entries = {}
    """Campaigns."""
    channels: Entries = {}
    """Channels, which may weigh differently in each definition."""
    industries: Entries = {}
    """Industries of companies."""
    company_types: Entries = {}
    """Kinds of companies: OEM, integrator, distributor."""
    email_types: Entries = {}
    """Kinds of e-mail addresses, by patterns of their domains (student: "*.edu"), beside free and business."""
    countries: Entries = {}
    """Spellings of countries (Germany, Deutschland) by their two-letter ISO code, which itself is always known."""
    regions: Entries = {}
    """Sales regions, each with its countries."""
    lines: Entries = {}
    """Product lines, each with the patterns of assets that speak of it."""
    functions: Entries = {}
    """What people work on, with patterns of job titles in every language."""
    seniorities: Entries = {}
    """How high people stand, with patterns of job titles in every language."""
    assets: Entries = {}
    """Asset kinds (datasheet, guide …): patterns of asset names, so that a new PDF needs no new version."""
    products: Entries = {}
    """Products by name."""
    companies: Entries = {}
    """Company names that are misspelt in some feed."""
    lists: Entries = {}
    """Target lists, and how feeds spell their names."""
    origins: Entries = {}
    """Who makes target lists: a partner, marketing, sales, the installed base."""
    words: dict[Id, list[str]] = {}
    """Word lists for ``says``: whole words or phrases, in any case; ``*`` stands for any letters of a word."""
    kinds: dict[Id, str] = {}
    """The playbook's own activity kinds, with a title."""
    fields: dict[Id, Annotated[str, Field(pattern="^(text|number)$")]] = {}
    """The playbook's own profile fields."""
    terms: dict[Id, Entries] = {}
    """Terms of the playbook's own text fields, by field, and how the world spells them; a field without any takes every
    word as it is."""
    trust: list[str] = []
    """Feeds in falling order of trust; what a lead typed and what we wrote come before all."""
