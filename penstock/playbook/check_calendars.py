"""Checks calendars: zone, holidays, days off and working hours, each read as the clocks read them."""

from __future__ import annotations

from datetime import date
from zoneinfo import available_timezones

from penstock.nearest import nearest
from penstock.playbook.check_findings import Findings
from penstock.playbook.load_yaml import KeyPath
from penstock.playbook.model import Playbook
from penstock.playbook.operations import Calendar
from penstock.sla.working_time import CalendarError, read_calendar

_HOURS: dict[str, str | list[str]] = {"mon": "08:00-17:00"}


def check_calendars(playbook: Playbook, found: Findings) -> None:
    """Find calendars that no clock can follow."""
    for name, calendar in playbook.operations.calendars.items():
        path: KeyPath = ("calendars", name)
        fine = _reads((*path, "zone"), Calendar(zone=calendar.zone, hours=_HOURS), found)
        fine &= _reads((*path, "holidays"), Calendar(zone="UTC", hours=_HOURS, holidays=calendar.holidays), found)
        for days, spans in calendar.hours.items():
            fine &= _reads((*path, "hours", days), Calendar(zone="UTC", hours={days: spans}), found)
        if fine:
            _reads((*path, "hours"), calendar, found)
        _closed(path, calendar.closed, found)


def _reads(path: KeyPath, calendar: Calendar, found: Findings) -> bool:
    try:
        read_calendar(calendar)
    except CalendarError as error:
        what, _, remedy = str(error).partition("; ")
        close = nearest(calendar.zone, sorted(available_timezones())) if path[-1] == "zone" else ""
        found.error(path, what, f"did you mean {close}?" if close else remedy)
        return False
    return True


def _closed(path: KeyPath, days: list[date], found: Findings) -> None:
    for number, day in enumerate(days):
        if day in days[:number]:
            found.warn((*path, "closed", number), f"{day} stands twice", "keep one of them")
