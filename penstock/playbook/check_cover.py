"""Checks that everybody is covered: regions for which no route is, people to whom nothing is handed, reasons nobody
meets.
"""

from __future__ import annotations

from penstock.playbook.check_findings import Findings
from penstock.playbook.check_routes import OWNER
from penstock.playbook.conditions import Among, Node
from penstock.playbook.load_yaml import KeyPath
from penstock.playbook.model import Playbook
from penstock.playbook.operations import Operations
from penstock.playbook.terms import Terms

_PLACES = ("region", "country")


def check_cover(playbook: Playbook, found: Findings) -> None:
    """Find regions without a route and people without a queue."""
    _regions(playbook, found)
    _people(playbook.operations, found)


def _regions(playbook: Playbook, found: Findings) -> None:
    """Where no route takes all, each region needs one; routes that ask for no place count for every region."""
    routes = playbook.operations.routes.values()
    vocabulary = playbook.deciding.vocabulary
    asked = [[node for node in route.nodes if node.field in _PLACES] for route in routes if route.to != OWNER]
    if not asked or any(not nodes for nodes in asked):
        return
    terms = Terms(vocabulary)
    for region, entry in vocabulary.regions.items():
        countries = {
            term for country in entry.countries for of, term in terms.of("country", country) if of == "country"
        }
        if not any(all(_takes(node, region, countries) for node in nodes) for nodes in asked):
            path: KeyPath = ("vocabulary", "regions", region)
            found.warn(
                path, f"no route takes leads from {region}: they wait in triage", "add a route for it, or one for all"
            )


def _takes(node: Node, region: str, countries: set[str]) -> bool:
    if not isinstance(node, Among):
        return True
    here = {region} if node.field == "region" else countries
    return bool(here & set(node.terms)) is not node.negated or (node.negated and not here <= set(node.terms))


def _people(operations: Operations, found: Findings) -> None:
    """An owner of accounts needs no queue; where no route leads to owners, everybody else does."""
    if any(route.to == OWNER for route in operations.routes.values()):
        return
    busy = {person for queue in operations.queues.values() for person in queue.members}
    busy |= {person.manager for person in operations.people.values() if person.manager is not None}
    for name in operations.people:
        if name not in busy:
            found.warn(
                ("people", name), f"{name} is in no queue and manages nobody", "add them to a queue, or leave them out"
            )
