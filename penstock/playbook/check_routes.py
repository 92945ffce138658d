"""Checks the routes: each leads somewhere, asks for what there is, and can be reached past those before it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

from penstock.playbook.check_findings import Findings
from penstock.playbook.check_nodes import meets_all
from penstock.playbook.conditions import Among
from penstock.playbook.load_yaml import KeyPath
from penstock.playbook.model import Playbook
from penstock.playbook.operations import Route

OWNER = "owner"
HAS_OWNER = "has-owner"


def check_routes(playbook: Playbook, found: Findings) -> None:
    """Find routes to nowhere, routes that ask for what cannot be, and routes behind one that takes all."""
    routes = playbook.operations.routes
    for name, route in routes.items():
        _leads(("routes", name), route, playbook, found)
        _asks(("routes", name), route, playbook, found)
    for (first, before), (name, after) in combinations(routes.items(), 2):
        if meets_all(after.nodes, before.nodes):
            what = f"{name} is never reached: {first} takes all of its leads before"
            found.error(("routes", name), what, f"put {name} before {first}")


def _leads(path: KeyPath, route: Route, playbook: Playbook, found: Findings) -> None:
    if route.to != OWNER:
        found.refer((*path, "to"), "queue", route.to, [*playbook.operations.queues, OWNER])
    elif not any(node.field == "account" for node in route.nodes):
        what = "accounts without an owner would go nowhere"
        found.error((*path, "to"), what, f"add account: {HAS_OWNER} to this route")


def _asks(path: KeyPath, route: Route, playbook: Playbook, found: Findings) -> None:
    definitions = playbook.deciding.definitions
    allowed = {
        "account": [HAS_OWNER],
        "definition": list(definitions),
        "exception": [name for definition in definitions.values() for name in definition.exceptions],
        "tier": [tier for definition in definitions.values() for tier in definition.tiers],
    }
    for node in route.nodes:
        if node.field not in allowed:
            continue
        if not isinstance(node, Among) and node.field == "exception":
            what = "exception is no field of a profile"
            found.error((*path, node.field), what, f"name one: {_some(allowed[node.field])}")
            continue
        if not isinstance(node, Among):
            found.error((*path, node.field), f"{node.field} is always known", f"name one: {_some(allowed[node.field])}")
            continue
        for number, term in enumerate(node.terms):
            if found.refer((*path, node.field, number), node.field, term, allowed[node.field]) and node.field == "tier":
                _sold((*path, "tier", number), term, playbook, found)


def _some(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names))


def _sold(path: KeyPath, name: str, playbook: Playbook, found: Findings) -> None:
    """Only leads of the branch sales come to the routes."""
    tiers = [d.tiers[name] for d in playbook.deciding.definitions.values() if name in d.tiers]
    if all(tier.branch != "sales" for tier in tiers):
        what = f"no lead of tier {name} comes here: its branch is {tiers[0].branch}"
        found.error(path, what, "name a tier whose branch is sales")
