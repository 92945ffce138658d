"""The playbook as what a page for a browser shows; ``templates/web/playbook.html`` lays it out, for ``playbook show``.

The order is that of a reader in sales: what was agreed, who gets whom by when, what counts, what does not, examples.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from penstock.playbook.definition import Definition, Tier
from penstock.playbook.examples import Example
from penstock.playbook.model import Playbook, version
from penstock.playbook.most import most_points
from penstock.playbook.operations import Queue
from penstock.playbook.show_examples import ShownExample, shown_examples
from penstock.playbook.show_promises import Promise, promises
from penstock.playbook.show_rows import (
    Row,
    applies,
    calendar_row,
    consent_rows,
    consequence,
    exception_row,
    fit_rows,
    intent_about,
    intent_rows,
    looked_at_rows,
    matrix,
    members,
    never_rows,
    opens_about,
    people_rows,
    reason_rows,
    related_rows,
    route_row,
    sequence_heading,
    sla_row,
    stage_rows,
    step_rows,
    together,
)
from penstock.playbook.show_sentences import fades_sentence, needs_sentence, thresholds_sentence
from penstock.playbook.values import points_text
from penstock.playbook.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that gives points; ``share`` of the largest points beside it, in percent, is how long its bar is."""

    points: str
    name: str
    strength: str
    says: str
    share: int


@dataclass(frozen=True, slots=True)
class ShownTier:
    """A tier: what it takes, what happens, who gets it by when."""

    name: str
    title: str
    branch: str
    needs: str
    stays: str
    consequence: str
    promises: tuple[Promise, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """Fit or intent: what speaks for somebody, what against, and what holds for all rules."""

    most: str
    speaks_for: tuple[Rule, ...]
    against: tuple[Rule, ...]
    about: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownDefinition:
    """A definition as it is read."""

    name: str
    title: str
    about: str
    tiers: tuple[ShownTier, ...]
    fit: Side
    intent: Side
    matrix: tuple[Row, ...]
    never: tuple[Row, ...]
    looked_at: tuple[Row, ...]
    exceptions: tuple[Row, ...]
    cooldown: str


@dataclass(frozen=True, slots=True)
class ShownQueue:
    """A queue with its people and its promise."""

    name: str
    title: str
    people: str
    promise: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """All that the page shows, in words."""

    company: str
    definition_version: str
    operations_version: str
    agreed: tuple[str, ...]
    review: date | None
    is_overdue: bool
    goals: tuple[str, ...]
    definitions: tuple[ShownDefinition, ...]
    examples: tuple[ShownExample, ...]
    routes: tuple[Row, ...]
    queues: tuple[ShownQueue, ...]
    calendars: tuple[Row, ...]
    reasons: tuple[Row, ...]
    sequences: tuple[tuple[str, tuple[Row, ...]], ...]
    stages: tuple[Row, ...]
    consent: tuple[Row, ...]


def page_of(playbook: Playbook, *, agreed: Iterable[str], examples: Mapping[str, Example], today: date) -> Page:
    """Return the page of a playbook; ``agreed`` says who agreed and when, ``today`` whether a review is overdue."""
    vocabulary, operations = playbook.deciding.vocabulary, playbook.operations
    review = operations.goals.review
    return Page(
        company=operations.sender.company,
        definition_version=version(playbook.deciding),
        operations_version=version(operations),
        agreed=tuple(agreed),
        review=review,
        is_overdue=review is not None and review < today,
        goals=tuple(operations.goals.agreed),
        definitions=tuple(_definition(one, playbook) for one in playbook.deciding.definitions.values()),
        examples=tuple(shown_examples(examples, playbook)),
        routes=tuple(route_row(name, one, vocabulary) for name, one in operations.routes.items()),
        queues=tuple(_queue(name, one, playbook) for name, one in operations.queues.items()),
        calendars=tuple(calendar_row(name, one) for name, one in operations.calendars.items()),
        reasons=tuple(reason_rows(operations)),
        sequences=tuple(
            (sequence_heading(name, one, playbook), tuple(step_rows(one))) for name, one in operations.sequences.items()
        ),
        stages=tuple(stage_rows(operations)),
        consent=tuple(consent_rows(operations)),
    )


def _definition(definition: Definition, playbook: Playbook) -> ShownDefinition:
    vocabulary = playbook.deciding.vocabulary
    return ShownDefinition(
        name=definition.definition,
        title=definition.title or definition.definition,
        about=applies(definition, vocabulary),
        tiers=tuple(_tier(name, tier, definition, playbook) for name, tier in definition.tiers.items()),
        fit=_fit(definition, vocabulary),
        intent=_intent(definition, vocabulary),
        matrix=tuple(matrix(definition)),
        never=tuple(never_rows(definition, vocabulary)),
        looked_at=tuple(looked_at_rows(definition, vocabulary)),
        exceptions=tuple(exception_row(name, one, vocabulary) for name, one in definition.exceptions.items()),
        cooldown=str(definition.cooldown),
    )


def _tier(name: str, tier: Tier, definition: Definition, playbook: Playbook) -> ShownTier:
    return ShownTier(
        name=name,
        title=tier.title,
        branch=tier.branch,
        needs=needs_sentence(tier.needs),
        stays="" if tier.stays is None else thresholds_sentence(tier.stays),
        consequence=consequence(tier),
        promises=tuple(promises(playbook, definition, name)) if tier.branch == "sales" else (),
    )


def _fit(definition: Definition, vocabulary: Vocabulary) -> Side:
    rows = ((points, name, "", says) for points, name, says in fit_rows(definition, vocabulary))
    most = points_text(most_points(definition, vocabulary).fit)
    return _side(most, list(rows), together(definition.fit))


def _intent(definition: Definition, vocabulary: Vocabulary) -> Side:
    rows = [*intent_rows(definition, vocabulary), *related_rows(definition), *people_rows(definition, vocabulary)]
    about = [fades_sentence(definition.intent.fades), *intent_about(definition, vocabulary)]
    about += [*together(definition.intent), *opens_about(definition, vocabulary)]
    return _side(points_text(most_points(definition, vocabulary).intent), rows, about)


def _side(most: str, rows: list[Row], about: Iterable[str]) -> Side:
    ordered = sorted(_rules(rows), key=lambda rule: -abs(float(rule.points)))
    return Side(
        most=most,
        speaks_for=tuple(rule for rule in ordered if float(rule.points) > 0),
        against=tuple(rule for rule in ordered if float(rule.points) < 0),
        about=tuple(about),
    )


def _rules(rows: list[Row]) -> Iterator[Rule]:
    largest = max((abs(float(points)) for points, *_ in rows), default=1)
    for points, name, strength, says in rows:
        yield Rule(points, name, strength, says, round(100 * abs(float(points)) / largest))


def _queue(name: str, queue: Queue, playbook: Playbook) -> ShownQueue:
    operations = playbook.operations
    sla = operations.sla.get(queue.sla)
    fallback = operations.queues.get(queue.if_nobody or "")
    notes = [f"at most {queue.at_most} each that are not accepted yet"] if queue.at_most is not None else []
    notes += [f"if nobody is there: {fallback.title or queue.if_nobody}"] if fallback is not None else []
    promise = sla_row(queue.sla, sla)[1] if sla is not None else ""
    return ShownQueue(name, queue.title or name, members(queue, operations), promise, tuple(notes))
