"""Which route a subject takes: the first that fits its profile. Asked by qualify (is there one?) and by route."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from penstock.playbook.operations import Operations, Route
from penstock.playbook.reference import Value, Values, matches
from penstock.routing.people import person_named
from penstock.routing.profile import OWNER, Profile

TO_OWNER = "owner"
HAS_OWNER = "has-owner"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a route leads: the queue, and the account's owner where the route gives it to them."""

    route: str
    queue: str
    owner: str | None = None


def route_for(operations: Operations, values: Values) -> tuple[str, Route] | None:
    """Return the id and the route that is the first to fit these values, None when no route does."""
    return next(_fitting(operations, values), None)


def destination_for(operations: Operations, values: Values, owner: str | None) -> Destination | None:
    """Return where these values lead, None when no route fits.

    ``to: owner`` says who takes it; the queue, and with it the SLA, is that of the next route that fits, else the
    first queue that the owner works in, else the first of all.
    """
    fitting = list(_fitting(operations, values))
    if not fitting:
        return None
    route, first = fitting[0]
    if first.to != TO_OWNER:
        return Destination(route, first.to)
    queue = next((found.to for _, found in fitting if found.to != TO_OWNER), None) or _queue_of(operations, owner)
    return None if queue is None else Destination(route, queue, owner)


def fallback(operations: Operations) -> Destination | None:
    """Return where to send what somebody wants in sales although no route fits: where the last route leads."""
    queues = [route.to for route in operations.routes.values() if route.to != TO_OWNER]
    queue = queues[-1] if queues else next(iter(operations.queues), None)
    return None if queue is None else Destination("none", queue)


def route_values(
    operations: Operations,
    profile: Profile,
    *,
    tier: str,
    definition: str,
    line: str | None,
    exception: str = "",
) -> dict[str, Value]:
    """Return what a route may ask for: the profile's fields, tier, definition, exception, line and account."""
    owned = person_named(operations, profile.texts.get(OWNER)) is not None
    values = profile.values | {"tier": frozenset({tier}), "definition": frozenset({definition})}
    values["exception"] = frozenset({exception}) if exception else frozenset()
    if line is not None:
        values["line"] = frozenset({line})
    return values | {"account": frozenset({HAS_OWNER}) if owned else frozenset()}


def _fitting(operations: Operations, values: Values) -> Iterator[tuple[str, Route]]:
    return ((name, route) for name, route in operations.routes.items() if matches(route.nodes, values))


def _queue_of(operations: Operations, owner: str | None) -> str | None:
    own = (name for name, queue in operations.queues.items() if owner in queue.members)
    return next(own, next(iter(operations.queues), None))
