"""How what a lead did reads in a sentence, and how dates and lists do; used by the notes and alerts to our people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from penstock.playbook.vocabulary import Vocabulary
from penstock.sla.working_time import WorkingTime

# Kind → what they did, without and with what it was about ({}).
DID = {
    "form_submitted": ("filled in a form", "filled in the form {}"),
    "content_downloaded": ("downloaded a document", "downloaded {}"),
    "tool_used": ("used a selection tool", "used {}"),
    "rfq_submitted": ("asked for a quote", "asked for a quote on {}"),
    "demo_requested": ("asked for a demo", "asked for a demo of {}"),
    "meeting_booked": ("booked a meeting", "booked a meeting on {}"),
    "meeting_held": ("met us", "met us on {}"),
    "webinar_registered": ("registered for a webinar", "registered for “{}”"),
    "webinar_attended": ("attended a webinar", "attended “{}”"),
    "event_registered": ("registered for an event", "registered for {}"),
    "badge_scanned": ("visited our stand", "visited our stand at {}"),
    "list_received": ("was named by a partner", "was named on the list {}"),
    "page_viewed": ("looked at our pages", "looked at {}"),
    "email_clicked": ("followed a link in our mail", "followed our link to {}"),
    "email_opened": ("opened our mail", "opened our mail {}"),
    "email_replied": ("replied to our mail", "replied to our mail {}"),
    "outbound_touched": ("heard from us", "heard from us about {}"),
    "call_made": ("was called", "was called about {}"),
    "linkedin_touched": ("was met on LinkedIn", "was met on LinkedIn about {}"),
    "opportunity_opened": ("has an open opportunity", "has an open opportunity for {}"),
}
# The same of what they wrote a text in, once it is known what the text speaks of.
WROTE = {
    "form_submitted": ("in a form", "in the form {}"),
    "email_replied": ("in a reply to our mail", "in a reply to our mail {}"),
}
# Whose asset is a page itself.
ABOUT_PAGES = frozenset({"page_viewed", "email_clicked"})
_PAGE = re.compile(r"/|https?://", re.IGNORECASE)
# What to do next where the playbook has no talk track for the line: it follows from what was asked for last.
NEXT = {
    "rfq_submitted": "clear up quantity, date and drawings, then quote",
    "demo_requested": "offer two dates for the demo",
    "meeting_booked": "confirm the meeting and ask what it should answer",
    "webinar_attended": "ask which question the webinar left open",
    "content_downloaded": "ask what they are designing, and offer an engineer's time",
    "email_replied": "answer the question in their reply",
}
NEXT_OTHERWISE = "ask what they are working on and by when they need it"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# Section of the vocabulary that holds the title of a field's terms.
SECTIONS = {
    "source": "sources", "campaign": "campaigns", "industry": "industries", "company_type": "company_types",
    "email_type": "email_types", "country": "countries", "region": "regions", "line": "lines", "function": "functions",
    "seniority": "seniorities",
}  # fmt: skip


def did(vocabulary: Vocabulary, kind: str, assets: Sequence[str] = (), spoken: Sequence[str] = ()) -> str:
    """Return what somebody did: "downloaded HX-240 datasheet and seal guide"; a kind of the playbook's by its title.

    ``spoken``: the word lists that their text speaks of, as in "wrote about lead time in a form".
    """
    alone, about = DID.get(kind, (vocabulary.kinds.get(kind, spaced(kind)),) * 2)
    if spoken and kind in WROTE:
        alone, about = (f"wrote about {listed(spoken)} {where}" for where in WROTE[kind])
    pages = [asset for asset in assets if _PAGE.match(asset)]
    if pages and kind not in ABOUT_PAGES:
        # Where they did it, not what it was about: nobody asks for a quote on /quote.
        named = did(vocabulary, kind, [asset for asset in assets if asset not in pages], spoken)
        return f"{named} on the page{'s' if len(pages) > 1 else ''} {listed(pages)}"
    if not assets:
        return alone
    return about.replace("{}", listed(assets)) if "{}" in about else f"{alone}: {listed(assets)}"


def listed(words: Sequence[str], most: int = 2) -> str:
    """Return "a", "a and b", or "a, b and 3 more"."""
    if len(words) <= 1:
        return "".join(words)
    if len(words) > most:
        return f"{', '.join(words[:most])} and {len(words) - most} more"
    return f"{', '.join(words[:-1])} and {words[-1]}"


def moment_text(moment: datetime, working: WorkingTime) -> str:
    """Return "Mon 2 Mar 15:40" in a calendar's own time."""
    local = moment.astimezone(working.zone)
    return f"{DAYS[local.weekday()]} {day_text(local.date())} {local:%H:%M}"


def day_text(day: date) -> str:
    """Return "2 Mar"."""
    return f"{day.day} {MONTHS[day.month - 1]}"


def days_text(days: Iterable[date], most: int = 3) -> str:
    """Return "2, 9 and 12 Mar", the latest ``most`` of them, each once."""
    last = sorted(set(days))[-most:]
    words = [
        str(day.day) if n + 1 < len(last) and last[n + 1].month == day.month else day_text(day)
        for n, day in enumerate(last)
    ]
    return listed(words, most)


def title_of(vocabulary: Vocabulary, field: str, term: str) -> str:
    """Return a term as people say it: its title in the vocabulary, else its id with spaces."""
    entries = getattr(vocabulary, SECTIONS[field]) if field in SECTIONS else vocabulary.terms.get(field, {})
    entry = entries.get(term)
    return entry.title if entry is not None and entry.title else spaced(term)


def spaced(name: str) -> str:
    """Return an id with spaces for its dashes."""
    return name.replace("-", " ").replace("_", " ")


def short(text: str, words: int) -> str:
    """Return a text cut to so many words."""
    parts = text.split()
    return " ".join(parts) if len(parts) <= words else f"{' '.join(parts[:words])} …"
