"""Checks that everybody is covered: regions for which no route is, people to whom nothing is handed, reasons nobody
meets.
"""

from __future__ import annotations

from itertools import chain

from penstock.playbook.check_findings import Findings
from penstock.playbook.check_routes import OWNER
from penstock.playbook.conditions import Among, Node
from penstock.playbook.leads_apart import leads_apart
from penstock.playbook.load_yaml import KeyPath
from penstock.playbook.model import Playbook
from penstock.playbook.operations import Operations, Route
from penstock.playbook.reference import matches
from penstock.playbook.show_sentences import either
from penstock.playbook.terms import Terms
from penstock.playbook.vocabulary import Entry

_PLACES = ("region", "country")


def check_cover(playbook: Playbook, found: Findings) -> None:
    """Find regions without a route and people without a queue."""
    _regions(playbook, found)
    _people(playbook.operations, found)


def _regions(playbook: Playbook, found: Findings) -> None:
    """Where no route takes all, each region needs one, unless routes that ask for no place take all that those of other
    regions take.
    """
    routes = {name: route for name, route in playbook.operations.routes.items() if route.to != OWNER}
    placed = [route for route in routes.values() if _places_of(route)]
    anywhere = {name: route for name, route in routes.items() if not _places_of(route)}
    if not placed or any(not route.nodes for route in anywhere.values()):
        return
    vocabulary = playbook.deciding.vocabulary
    terms = Terms(vocabulary)
    left = [name for name, region in vocabulary.regions.items() if not _is_named(name, region, terms, placed)]
    if not left or (anywhere and not _is_some_left(placed, list(anywhere.values()), playbook)):
        return
    for region in left:
        path: KeyPath = ("vocabulary", "regions", region)
        what = f"no route takes leads from {region}: they wait in triage"
        if anywhere:
            what = f"no route but {either(anywhere)} takes leads from {region}: the others wait in triage"
        found.warn(path, what, "add a route for it, or one for all")


def _places_of(route: Route) -> list[Node]:
    return [node for node in route.nodes if node.field in _PLACES]


def _is_named(region: str, entry: Entry, terms: Terms, placed: list[Route]) -> bool:
    """Whether the places that some route asks for take in the region, or a country of it."""
    countries = {term for country in entry.countries for of, term in terms.of("country", country) if of == "country"}
    return any(all(_takes(node, region, countries) for node in _places_of(route)) for route in placed)


def _is_some_left(placed: list[Route], anywhere: list[Route], playbook: Playbook) -> bool:
    """Whether a route for other regions takes a lead whom no route takes that asks for no place."""
    elsewhere = [[node for node in route.nodes if node.field not in _PLACES] for route in placed]
    asked = [*chain(*elsewhere), *chain(*(route.nodes for route in anywhere))]
    return any(
        any(matches(nodes, lead) for nodes in elsewhere) and not any(matches(route.nodes, lead) for route in anywhere)
        for lead in leads_apart(playbook, asked)
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
