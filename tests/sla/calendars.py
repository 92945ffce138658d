"""Calendars for tests of business time, and times written as people write them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from penstock.playbook.operations import Calendar
from penstock.sla.working_time import WorkingTime, read_calendar

BERLIN = "Europe/Berlin"


def calendar(zone: str = BERLIN, **more: object) -> WorkingTime:
    """Return the working time of a calendar, by default Monday to Friday nine to six in Berlin."""
    return read_calendar(Calendar.model_validate({"zone": zone, "hours": {"mon-fri": "09:00-18:00"}} | more))


def local(text: str, zone: str = BERLIN) -> datetime:
    """Return the instant of ``2026-03-02 15:40`` in a zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
