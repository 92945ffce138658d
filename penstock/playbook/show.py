"""The playbook as a page of text that both teams can read aloud; for ``playbook show``, from the models alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from penstock.playbook.definition import Definition
from penstock.playbook.examples import Example
from penstock.playbook.model import Playbook, version
from penstock.playbook.show_examples import shown_examples
from penstock.playbook.show_promises import promises
from penstock.playbook.show_rows import (
    Row,
    applies,
    calendar_row,
    consent_rows,
    exception_row,
    fit_rows,
    intent_about,
    intent_rows,
    looked_at_rows,
    matrix,
    never_rows,
    opens_about,
    people_rows,
    queue_row,
    reason_rows,
    related_rows,
    route_row,
    sequence_heading,
    sla_row,
    stage_rows,
    step_rows,
    tier_row,
    together,
)
from penstock.playbook.show_sentences import fades_sentence
from penstock.playbook.values import points_text
from penstock.playbook.vocabulary import Vocabulary


def show_playbook(playbook: Playbook, agreed: Iterable[str] = (), examples: Mapping[str, Example] | None = None) -> str:
    """Return the page, as lines of plain text that ends with a newline; ``agreed`` says who agreed to it, and when."""
    vocabulary, operations = playbook.deciding.vocabulary, playbook.operations
    lines = [
        f"How {operations.sender.company} qualifies leads",
        f"definition {version(playbook.deciding)} · operations {version(operations)}",
    ]
    review = operations.goals.review
    lines += _part("Who agreed", [*agreed, *([f"due for review on {review:%d %b %Y}"] if review else [])])
    lines += _part("What both teams agreed on", (f"- {line}" for line in operations.goals.agreed))
    for definition in playbook.deciding.definitions.values():
        lines += ["", *_definition(definition, playbook)]
    lines += _part("By example", _examples(examples or {}, playbook))
    lines += _part(
        "Who gets it: the first that fits", _table(route_row(*item, vocabulary) for item in operations.routes.items())
    )
    lines += _part("Queues", _table(queue_row(*item, operations) for item in operations.queues.items()))
    lines += _part("By when", _table(sla_row(*item) for item in operations.sla.items()))
    lines += _part("Working hours", _table(calendar_row(*item) for item in operations.calendars.items()))
    lines += _part("Mails", _sequences(playbook))
    lines += _part("Stages", _table(stage_rows(operations)))
    lines += _part("Why sales may say no", _table(reason_rows(operations)))
    lines += _part("What permits mail without a yes", _table(consent_rows(operations)))
    return "\n".join(lines) + "\n"


def _part(title: str, lines: Iterable[str]) -> list[str]:
    found = [f"  {line}" for line in lines]
    return ["", title, *found] if found else []


def _table(rows: Iterable[Row]) -> Iterator[str]:
    """Yield rows with their columns in line; the last one runs on."""
    found = list(rows)
    widths = [max(map(len, column)) for column in zip(*(row[:-1] for row in found), strict=True)] if found else []
    for row in found:
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=True)]
        yield "  ".join([*cells, row[-1]]).rstrip()


def _definition(definition: Definition, playbook: Playbook) -> Iterator[str]:
    vocabulary = playbook.deciding.vocabulary
    yield f"{definition.title or definition.definition} ({definition.definition})"
    yield f"  for {applies(definition, vocabulary)}"
    fit, intent = definition.fit, definition.intent
    yield from _inner(f"Who they are: fit, at most {points_text(fit.at_most)}", _fit(definition, vocabulary))
    about = f"What they did: intent, at most {points_text(intent.at_most)}; {fades_sentence(intent.fades)}"
    yield from _inner(about, _intent(definition, vocabulary))
    yield from _inner("Grades: fit down, intent across", _table((*row, "") for row in matrix(definition)))
    yield from _inner("Tiers: the first whose needs are met", _tiers(definition, playbook))
    yield from _inner(
        "Exceptions, for whoever would be for sales: the first that holds",
        _table(exception_row(*item, vocabulary) for item in definition.exceptions.items()),
    )
    yield from _inner("Never", _table(never_rows(definition, vocabulary)))
    yield from _inner("Looked at first", _table(looked_at_rows(definition, vocabulary)))
    yield f"  After sales closed a handoff, no new one for {definition.cooldown}."


def _inner(heading: str, lines: Iterable[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield f"  {heading}"
        yield from (f"    {line}" for line in found)


def _fit(definition: Definition, vocabulary: Vocabulary) -> Iterator[str]:
    yield from _table((points.rjust(4), *rest) for points, *rest in fit_rows(definition, vocabulary))
    yield from together(definition.fit)


def _intent(definition: Definition, vocabulary: Vocabulary) -> Iterator[str]:
    yield from intent_about(definition, vocabulary)
    for rows in (intent_rows(definition, vocabulary), related_rows(definition), people_rows(definition, vocabulary)):
        yield from _table((points.rjust(4), *rest) for points, *rest in rows)
    yield from together(definition.intent)
    yield from opens_about(definition, vocabulary)


def _tiers(definition: Definition, playbook: Playbook) -> Iterator[str]:
    """Yield the tiers, and below them who gets the leads of each that is for sales."""
    yield from _table(tier_row(*item) for item in definition.tiers.items())
    for name in (name for name, tier in definition.tiers.items() if tier.branch == "sales"):
        for one in promises(playbook, definition, name):
            where = f"where {one.when}" if one.when else ""
            yield f"{name} to {', '.join(filter(None, (one.to, one.contact, where)))}"


def _examples(examples: Mapping[str, Example], playbook: Playbook) -> Iterator[str]:
    for one in shown_examples(examples, playbook):
        yield one.title
        yield f"  who: {one.who}"
        yield from (f"  {done}" for done in one.did)
        yield from (f"  then {follows}" for follows in one.follows)


def _sequences(playbook: Playbook) -> Iterator[str]:
    for name, sequence in playbook.operations.sequences.items():
        yield sequence_heading(name, sequence, playbook)
        yield from (f"  {row}" for row in _table(step_rows(sequence)))
