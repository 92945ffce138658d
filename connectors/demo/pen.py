"""Writes down what one person of the fake vendor's world does, as the records of the systems that see it.

Used by journeys.py, which says what happens when. Web pages know an address, fairs a badge, the CRM its own ids.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from connectors.demo import texts, words
from connectors.demo.companies import MISSPELT
from connectors.demo.people import Person
from connectors.demo.world import World
from penstock.records import ConsentSaid, Happening, OutcomeSaid, Record, Unreadable

SATURDAY = 5
STAYS_ON_WEEKENDS = 12  # percent


@dataclass(frozen=True, slots=True)
class Said:
    """One record, with its stream and the moment from which on the system behind it gives it."""

    seen: datetime
    stream: str
    record: Record | Unreadable


class Pen:
    """The records of one person, written in any order."""

    def __init__(self, world: World, who: Person) -> None:
        self.world = world
        self.who = who
        self.dice: Random = world.dice("journey", who.number)
        self.said: list[Said] = []

    def chance(self, percent: int) -> bool:
        """Whether it happens, so many times in a hundred."""
        return self.dice.randrange(100) < percent

    def moment(self, day: float) -> datetime:
        """Return an instant in working hours on that day or, mostly, the Monday after a weekend."""
        at = self.world.at(int(day // 1)) + timedelta(seconds=self.dice.randint(6 * 3600, 17 * 3600))
        if at.weekday() >= SATURDAY and not self.chance(STAYS_ON_WEEKENDS):
            at += timedelta(days=7 - at.weekday())
        return at

    def pages(self, day: float, count: int) -> None:
        """Write page views of one visit, some minutes apart."""
        at = self.moment(day)
        for page in self.dice.choices(self.who.shelf.pages, (5, 3, 3, 1), k=count):
            at += timedelta(seconds=self.dice.randint(20, 400))
            self._web(at, Happening("page_viewed", channel="web", asset=page))

    def careers(self, day: float) -> None:
        """Write visits to the pages for applicants."""
        at = self.moment(day)
        for page in ("/careers", "/careers/design-engineer"):
            at += timedelta(seconds=90)
            self._web(at, Happening("page_viewed", channel="web", asset=page))

    def form(self, day: float, *, text: str = "", source: str = "") -> datetime:
        """Write a filled form with what they typed, and with it their consent to mail; return when."""
        at = self.moment(day)
        happening = Happening(
            "form_submitted", channel="landing page", source=source or self.source(), campaign=self.campaign(),
            asset="/contact", text=text,
        )  # fmt: skip
        self._web(at, happening, fields=self.typed(), typed=True)
        if self.who.consents and self.who.email:
            self.consent(at, granted=True)
        return at

    def consent(self, at: datetime, *, granted: bool) -> None:
        """Write a yes or no to mail, with the wording that was shown."""
        wording = texts.WORDINGS[self.who.language] if granted else texts.WITHDRAWN
        said = ConsentSaid("marketing", granted, wording, at)
        self._write("web", at, at, email=self.who.email, consent=said)

    def unsubscribe(self, at: datetime, kind: str = "unsubscribed") -> None:
        """Write that the mail system may not write to them any more."""
        self._write("web", at, at, email=self.who.email, happening=Happening(kind, channel="newsletter"))

    def download(self, day: float, asset: str) -> None:
        """Write a download."""
        self._web(self.moment(day), Happening("content_downloaded", channel="web", asset=asset))

    def tool(self, day: float) -> None:
        """Write the use of a selection tool of their line."""
        self._web(
            self.moment(day),
            Happening("tool_used", channel="sizing tool", asset=self.dice.choice(self.who.shelf.tools)),
        )

    def ask(self, day: float, kind: str = "rfq_submitted") -> None:
        """Write a request that says a need in their language, with their line as the form names it."""
        text = self.dice.choice(texts.RFQS[self.who.shelf.line][self.who.language])
        happening = Happening(
            kind, "web", asset=self.dice.choice(self.who.shelf.products), line=self.who.shelf.line, text=text
        )
        self._web(self.moment(day), happening, fields=self.typed(), typed=True)

    def webinar(self, day: float, *, attended: bool) -> None:
        """Write a registration and, a week later, the attendance as the webinar system reports it the day after."""
        asset, source = (
            self.dice.choice(self.who.shelf.webinars),
            self.dice.choice(("zoom", "webinar", "Online-Seminar")),
        )
        at = self.moment(day)
        self._event(at, at, Happening("webinar_registered", "webinar", source, "always on", asset))
        if attended:
            held = at + timedelta(days=2)
            self._event(
                held, held + timedelta(hours=18), Happening("webinar_attended", "zoom", source, "always on", asset)
            )

    def badge(self, day: float) -> None:
        """Write a badge scan, given out by the fair a day later."""
        at = self.moment(day)
        happening = Happening(
            "badge_scanned", "Messe", self.dice.choice(("Messe", "trade show", "feria", "booth")),
            self.dice.choice(("Spring fair", "Frühjahrsmesse")), "Spring fair stand", self.who.shelf.line,
        )  # fmt: skip
        self._event(at, at + timedelta(hours=self.dice.randint(8, 30)), happening, fields=self.names())

    def listed(self, day: float, source: str) -> None:
        """Write an entry of a list that somebody sent."""
        at = self.moment(day)
        happening = Happening("list_received", "partner", source, "Händlertage", line=self.who.shelf.line)
        self._write("partner-lists", at, at + timedelta(hours=20), email=self.who.email, person_id=self._id("L"),
                    fields={**self.names(), **self.place()}, happening=happening)  # fmt: skip

    def crm(self, day: float, **fields: str) -> None:
        """Write their entry in the CRM, below their account where it has one."""
        at = self.moment(day)
        company_id = "" if fields else f"A{self.who.company.number:05d}"
        self._write("crm", at, at, email=self.who.email, person_id=self._id("C"), company_id=company_id,
                    fields={**self.names(), **self.place(), **fields})  # fmt: skip

    def deal(self, day: float, kind: str, value: int = 0) -> None:
        """Write what became of them before day one, as the CRM keeps it."""
        at = self.moment(day)
        outcome = OutcomeSaid(kind, value * 1000 if value else None, "EUR" if value else "")
        self._write("crm", at, at, email=self.who.email, person_id=self._id("C"), outcome=outcome)

    def click(self, day: float) -> None:
        """Write a click in a newsletter."""
        asset = self.dice.choice(self.who.shelf.reading)
        self._web(self.moment(day), Happening("email_clicked", channel="newsletter", asset=asset))

    def reply(self, day: float) -> None:
        """Write an answer to a mail."""
        happening = Happening("email_replied", channel="mail", text=texts.REPLIES[self.who.language])
        self._web(self.moment(day), happening)

    def meeting(self, day: float) -> None:
        """Write a meeting booked in the calendar page."""
        self._web(self.moment(day), Happening("meeting_booked", channel="web", asset="/meet", line=self.who.shelf.line))

    def source(self) -> str:
        """Return where they came from, as one system or another spells it."""
        return self.dice.choice(words.SOURCES[self.dice.choices(list(words.SOURCES), (30, 30, 15, 12, 5, 8))[0]])

    def campaign(self) -> str:
        """Return the campaign of a form, mostly the one that always runs."""
        return self.dice.choice(("always on", "evergreen", "AZ160", "seal-life-q2", ""))

    def names(self) -> dict[str, str]:
        """Return name and title."""
        return {"first_name": self.who.first_name, "last_name": self.who.last_name, "title": self.who.title}

    def place(self) -> dict[str, str]:
        """Return company and country, now and then misspelt."""
        spelt = (self.who.company.name, *MISSPELT.get(self.who.company.name, ()))
        odd = self.who.plot == "odd" and self.who.number % 2
        country = self.dice.choice(words.ODD_COUNTRIES if odd else self.who.company.land.spelt)
        return {"company": self.dice.choice(spelt), "country": country}

    def typed(self) -> dict[str, str]:
        """Return what they type into a form: some also what their company does and how large it is."""
        typed = {**self.names(), **self.place()}
        if self.who.plot != "outsider" and self.chance(80 if self.who.plot in ("hot", "partner") else 45):
            typed |= {
                "industry": self.dice.choice(words.INDUSTRIES[self.who.company.industry]),
                "employees": str(self.who.company.employees),
            }
        return typed

    def _id(self, system: str) -> str:
        return f"{system}{self.who.number:06d}"

    def _web(
        self, at: datetime, happening: Happening, *, fields: dict[str, str] | None = None, typed: bool = False
    ) -> None:
        """Write for the web; who has no address did it at a kiosk of the fair, where a badge is the key."""
        if not self.who.email:
            self._event(at, at + timedelta(hours=12), happening, fields=fields)
            return
        self._write("web", at, at, email=self.who.email, fields=fields or {}, typed=typed, happening=happening)

    def _event(
        self, at: datetime, seen: datetime, happening: Happening, *, fields: dict[str, str] | None = None
    ) -> None:
        self._write(
            "events", at, seen, email=self.who.email, person_id=self._id("B"), fields=fields or {}, happening=happening
        )

    def _write(self, stream: str, at: datetime, seen: datetime, **told: object) -> None:
        payload = {"at": at.isoformat(), **{key: value for key, value in told.items() if value}}
        raw = json.dumps(payload, default=_plain, ensure_ascii=False)
        key = f"{self.who.number:06d}-{len(self.said):03d}"
        record = Record(key, at, raw=raw, place=f"{stream}/{key}", **told)  # type: ignore[arg-type] # the callers' words
        self.said.append(Said(seen, stream, record))


def _plain(value: object) -> object:
    """Return a part of a record as plain JSON."""
    if isinstance(value, datetime):
        return value.isoformat()
    return {name: getattr(value, name) for name in getattr(value, "__slots__", ()) if getattr(value, name)}
