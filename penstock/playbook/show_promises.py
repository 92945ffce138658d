"""Who gets the leads of a tier, and by when: routes, queues and promises read together; for the playbook's page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from penstock.playbook.conditions import Among, Node
from penstock.playbook.definition import Definition
from penstock.playbook.model import Playbook
from penstock.playbook.operations import Operations, Route
from penstock.playbook.show_sentences import condition_sentence

# The route's word for whoever owns the account.
OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Promise:
    """Where some leads of a tier go: in which case, to whom, and how soon they hear from them."""

    when: str
    """'' where it is for all that are left."""
    to: str
    contact: str


def promises(playbook: Playbook, definition: Definition, tier: str) -> Iterator[Promise]:
    """Yield where leads of a tier for sales may go, in the order of the routes, up to the one that takes all others."""
    operations, vocabulary = playbook.operations, playbook.deciding.vocabulary
    for route in operations.routes.values():
        if not all(_may_hold(node, definition, tier) for node in route.nodes):
            continue
        left = [node for node in route.nodes if not _holds(node, definition, tier)]
        yield _promise(operations, route, condition_sentence(left, vocabulary))
        if not left:
            return


def _may_hold(node: Node, definition: Definition, tier: str) -> bool:
    known = _known(node, definition, tier)
    if node.field == "exception" and isinstance(node, Among) and not node.negated:
        return not definition.exceptions.keys().isdisjoint(node.terms)
    return known is None or known


def _holds(node: Node, definition: Definition, tier: str) -> bool:
    return _known(node, definition, tier) is True


def _known(node: Node, definition: Definition, tier: str) -> bool | None:
    """Return whether a condition of a route holds for all leads of the tier, or none; None where it depends."""
    said = {"tier": tier, "definition": definition.definition, "line": definition.applies.line}.get(node.field)
    return None if said is None or not isinstance(node, Among) else (said in node.terms) is not node.negated


def _promise(operations: Operations, route: Route, when: str) -> Promise:
    if route.to == OWNER:
        return Promise(when, "the account's owner", "contact as soon as their queue promises")
    queue = operations.queues.get(route.to)
    sla = operations.sla.get(queue.sla) if queue is not None else None
    contact = f"contact within {sla.contact}" if sla is not None else ""
    return Promise(when, (queue.title if queue is not None else "") or route.to, contact)
