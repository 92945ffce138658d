"""The texts of a page as columns: profile fields and what an activity says, each text interned once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from penstock.identity.matching import Named, named
from penstock.playbook.conditions import LIST_ORIGIN, ON_LIST
from penstock.records import COMPANY_FIELDS, Happening, Listed
from penstock.store.landing.page import Landing, Rows
from penstock.store.landing.sift import is_storable, storable

# What an activity says of itself, interned under these fields.
ACTIVITY_WORDS = ("kind", "channel", "source", "campaign", "asset", "line", "text")
# Said by the feed of where a lead came from, never typed by the lead.
OF_LEAD = ("source", "campaign")
_NUMBER = re.compile(r"(-?)(\d{1,12})(?:\.(\d{1,3}))?")
Column = list[str | None]


class Said:
    """One field of a page: a text a place (None or '' for nothing), the distinct texts, each place's spelling id."""

    def __init__(self, column: Column) -> None:
        """Take a column; what no database stores is replaced in it."""
        self.column = column
        self.distinct: set[str] = set(filter(None, set(column)))
        if not is_storable("".join(self.distinct)):
            self.column = [storable(text) if text else text for text in column]
            self.distinct = set(filter(None, self.column))
        self.ids: list[int | None] = []

    def numbers(self) -> list[int | None] | None:
        """Return the column of numbers in thousandths, None where no text is one."""
        read = {text: thousandths(text) for text in self.distinct if text[0] in "-0123456789"}
        return [read.get(text) for text in self.column] if any(n is not None for n in read.values()) else None  # type: ignore[arg-type] # None is no key

    def only(self, wanted: Sequence[bool]) -> Said:
        """Return the same where ``wanted``, and None elsewhere."""
        if all(wanted):
            return self
        return Said([text if here else None for text, here in zip(self.column, wanted, strict=True)])


@dataclass(frozen=True, slots=True)
class Texts:
    """Field → what the page says: in leads' facts, in accounts' facts, in activities, of target lists."""

    lead: dict[str, Said]
    account: dict[str, Said]
    activity: dict[str, Said]
    listed: dict[str, Said]


def read_texts(landing: Landing, rows: Rows, new: Collection[Named]) -> Texts:
    """Return the texts of a page, interned; ``new`` are the identifiers of leads that nobody knew before."""
    own = {field: Said(rows.column(field)) for field in sorted(rows.field_names)}
    activity = _words(rows)
    lead = own | {field: _first(own.get(field), activity[field]) for field in OF_LEAD if field in activity}
    if any(record.person_id for record in rows.records):
        lead["email"] = Said(_emails(rows))
    lead["email_type"] = Said(_domains(rows, new))
    persons = [lead_id > 0 for lead_id in rows.leads]
    of_leads = _filled({field: said.only(persons) for field, said in lead.items()})
    texts = Texts(of_leads, _of_accounts(own, rows), activity, _of_lists(rows))
    _intern(landing, texts)
    return texts


def _intern(landing: Landing, texts: Texts) -> None:
    groups = (texts.lead, texts.account, texts.activity, texts.listed)
    wanted: dict[str, set[str]] = {}
    for field, said in _all(groups):
        wanted.setdefault(field, set()).update(said.distinct)
    ids = landing.words.intern(landing.tx, wanted)
    for field, said in _all(groups):
        said.ids = list(map(ids[field].get, said.column))  # type: ignore[arg-type] # None is no key


def _all(groups: Iterable[dict[str, Said]]) -> Iterable[tuple[str, Said]]:
    return ((field, said) for group in groups for field, said in group.items())


NOTHING, UNLISTED = Happening(""), Listed("")


def _words(rows: Rows) -> dict[str, Said]:
    told = zip(rows.records, rows.suppresses, strict=True)
    happened = [NOTHING if r.happening is None or closes else r.happening for r, closes in told]
    return _filled({word: Said(list(map(attrgetter(word), happened))) for word in ACTIVITY_WORDS})


def _of_lists(rows: Rows) -> dict[str, Said]:
    if not any(record.listed for record in rows.records):
        return {}
    told = [record.listed or UNLISTED for record in rows.records]
    return _filled({ON_LIST: Said([one.name for one in told]), LIST_ORIGIN: Said([one.origin for one in told])})


def _first(stated: Said | None, happened: Said) -> Said:
    if stated is None:
        return Said(happened.column)
    return Said([a or b for a, b in zip(stated.column, happened.column, strict=True)])


def _emails(rows: Rows) -> Column:
    """Return addresses where the feed's own id finds the lead: there they can change, elsewhere they identify."""
    told = zip(rows.records, rows.emails, strict=True)
    return [email if record.person_id else None for record, email in told]


def _domains(rows: Rows, new: Collection[Named]) -> Column:
    """Return the domains of addresses where they can change, and of those that came with this page, once each."""
    left = dict.fromkeys(new, True)
    told = zip(rows.records, rows.emails, strict=True)
    return [
        email.rpartition("@")[2] if email and (left.pop(named("email", email), False) or record.person_id) else None
        for record, email in told
    ]


def _of_accounts(own: dict[str, Said], rows: Rows) -> dict[str, Said]:
    """Return the account's own: all of a record without person, else company fields, unless the person typed them."""
    told = list(zip(rows.records, rows.leads, rows.accounts, strict=True))
    alone = [account > 0 and not lead for _, lead, account in told]
    company = [account > 0 and not (lead and record.typed) for record, lead, account in told]
    if not any(company):
        return {}
    asked = {field: company if field in COMPANY_FIELDS else alone for field in own}
    return _filled({field: Said(said.column).only(asked[field]) for field, said in own.items() if any(asked[field])})


def _filled(group: dict[str, Said]) -> dict[str, Said]:
    return {field: said for field, said in group.items() if said.distinct}


def thousandths(text: str) -> int | None:
    """Return the number that a text is, in thousandths, or None (``1,200`` is for its mapping to read)."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    number = int(found[2]) * 1000 + int((found[3] or "0").ljust(3, "0"))
    return -number if found[1] else number
