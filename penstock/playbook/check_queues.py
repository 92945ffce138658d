"""Checks queues and their SLAs: somebody takes from each, falls back to somebody, and hears of what is late."""

from __future__ import annotations

from penstock.playbook.check_findings import Findings
from penstock.playbook.load_yaml import KeyPath
from penstock.playbook.model import Playbook
from penstock.playbook.operations import Operations, Queue, Sla
from penstock.playbook.values import Span, read_span


def check_queues(playbook: Playbook, found: Findings) -> None:
    """Find dead ends, rounds without end, and times that cannot be kept."""
    operations = playbook.operations
    used = {route.to for route in operations.routes.values()} | {q.if_nobody for q in operations.queues.values()}
    for name, queue in operations.queues.items():
        _queue(("queues", name), queue, operations, found)
        _ends(name, operations, found)
        if name not in used:
            found.warn(("queues", name), f"no route leads to {name}", "add a route, or leave the queue out")
    for name, sla in operations.sla.items():
        _sla(("sla", name), sla, found)
        if all(queue.sla != name for queue in operations.queues.values()):
            found.warn(("sla", name), f"no queue has the SLA {name}", "leave it out, or name it in a queue")


def _queue(path: KeyPath, queue: Queue, operations: Operations, found: Findings) -> None:
    found.refer((*path, "if_nobody"), "queue", queue.if_nobody, operations.queues)
    has_sla = found.refer((*path, "sla"), "SLA", queue.sla, operations.sla)
    for person, weight in queue.members.items():
        place = (*path, "members", person)
        if found.refer(place, "person", person, operations.people) and has_sla:
            _hears(place, person, operations.sla[queue.sla], operations, found)
        if weight < 1:
            found.error(place, f"{person} has the share {weight}", "write 1 or more, or leave the person out")
    if not queue.members and queue.if_nobody is None:
        found.error(path, f"{path[-1]} is a dead end: it has no members and no if_nobody", "add one of the two")
    elif queue.at_most is not None and queue.if_nobody is None:
        what = f"when every member holds {queue.at_most}, nobody takes from {path[-1]}"
        found.warn((*path, "at_most"), what, "name a queue to fall back to with if_nobody")


def _hears(path: KeyPath, person: str, sla: Sla, operations: Operations, found: Findings) -> None:
    if "manager" in sla.late.values() and operations.people[person].manager is None:
        what = f"{person} has no manager, so nobody hears of what is late"
        found.warn(path, what, "give the person a manager, or let the SLA tell the queue")


def _ends(name: str, operations: Operations, found: Findings) -> None:
    """Follow if_nobody: a way back to where it began never ends."""
    met, at = [name], operations.queues[name].if_nobody
    while at is not None and at in operations.queues and at not in met:
        met.append(at)
        at = operations.queues[at].if_nobody
    if at == name:
        way = " → ".join([*met, name])
        found.error(("queues", name, "if_nobody"), f"if_nobody goes round: {way}", "let one of them end it")


def _sla(path: KeyPath, sla: Sla, found: Findings) -> None:
    if sla.contact.amount == 0:
        found.error((*path, "contact"), "no time at all to contact somebody", "write for example 4 business hours")
    if sla.warn is not None and _longer(sla.warn, sla.contact):
        what = f"the warning comes {sla.warn} before, which is before the clock starts"
        found.error((*path, "warn"), what, f"write less than {sla.contact}")
    before: Span | None = None
    for text in sla.late:
        try:
            span = read_span(text)
        except ValueError as error:
            what, _, remedy = str(error).partition(": ")
            found.error((*path, "late", text), what, remedy)
            continue
        if before is not None and _longer(before, span):
            found.error((*path, "late", text), f"{text} comes after {before}", "let the times rise")
        before = span


def _longer(span: Span, other: Span) -> bool:
    """Return whether a span is at least as long as another; spans that only a calendar could compare are not."""
    if span.business != other.business or (
        span.business and "days" in (span.unit, other.unit) and span.unit != other.unit
    ):
        return False
    return span.length >= other.length
