"""The playbook as a page that both teams can read aloud; for ``playbook show``, from the models alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from penstock.playbook.definition import Definition, ExceptionRule, Tier
from penstock.playbook.model import Playbook, version
from penstock.playbook.operations import Calendar, Operations, Queue, Route, Sla
from penstock.playbook.rules import Fit, Intent, IntentGroup, IntentRule
from penstock.playbook.show_sentences import (
    condition_sentence,
    either,
    fades_sentence,
    needs_sentence,
    people_sentence,
    related_sentence,
    span_sentence,
    term_title,
    thresholds_sentence,
)
from penstock.playbook.stages import in_order, title_of
from penstock.playbook.values import points_text, read_span
from penstock.playbook.vocabulary import Vocabulary

_BRANCHES = {
    "sales": "goes to sales",
    "assisted": "gets mails in the owner's name",
    "nurture": "gets mails on the interest",
    "ask": "is asked for what is missing",
    "triage": "a person in marketing looks first",
    "out": "is out",
    "none": "stays, nothing happens",
}
_ROW = tuple[str, ...]


def show_playbook(playbook: Playbook, agreed: Iterable[str] = ()) -> str:
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
        lines += ["", *_definition(definition, vocabulary)]
    lines += _part(
        "Who gets it: the first that fits", _table(_route(*item, vocabulary) for item in operations.routes.items())
    )
    lines += _part("Queues", _table(_queue(*item, operations) for item in operations.queues.items()))
    lines += _part("By when", _table(_sla(*item) for item in operations.sla.items()))
    lines += _part("Working hours", _table(_calendar(*item) for item in operations.calendars.items()))
    lines += _part("Mails", _sequences(operations, vocabulary))
    lines += _part("Stages", _table(_stages(operations)))
    lines += _part("Why sales may say no", _table(_reasons(operations)))
    lines += _part("What permits mail without a yes", _table(_consent(operations)))
    return "\n".join(lines) + "\n"


def _part(title: str, lines: Iterable[str]) -> list[str]:
    found = [f"  {line}" for line in lines]
    return ["", title, *found] if found else []


def _table(rows: Iterable[_ROW]) -> Iterator[str]:
    """Yield rows with their columns in line; the last one runs on."""
    found = list(rows)
    widths = [max(map(len, column)) for column in zip(*(row[:-1] for row in found), strict=True)] if found else []
    for row in found:
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=True)]
        yield "  ".join([*cells, row[-1]]).rstrip()


def _definition(definition: Definition, vocabulary: Vocabulary) -> Iterator[str]:
    title = definition.title or definition.definition
    yield f"{title} ({definition.definition})"
    yield f"  for {_applies(definition, vocabulary)}"
    fit, intent = definition.fit, definition.intent
    yield from _inner(f"Who they are: fit, at most {points_text(fit.at_most)}", _fit(definition, vocabulary))
    about = f"What they did: intent, at most {points_text(intent.at_most)}; {fades_sentence(intent.fades)}"
    yield from _inner(about, _intent(definition, vocabulary))
    yield from _inner("Grades: fit down, intent across", _matrix(definition))
    yield from _inner("Tiers: the first whose needs are met", _table(_tier(*item) for item in definition.tiers.items()))
    yield from _inner(
        "Exceptions, for whoever would be for sales: the first that holds",
        _table(_exception(*item, vocabulary) for item in definition.exceptions.items()),
    )
    for heading, rules in (("Never", definition.disqualify), ("Looked at first", definition.triage)):
        rows = ((n, _titled(rule.title, condition_sentence(rule.nodes, vocabulary))) for n, rule in rules.items())
        yield from _inner(heading, _table(rows))
    yield f"  After sales closed a handoff, no new one for {definition.cooldown}."


def _inner(heading: str, lines: Iterable[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield f"  {heading}"
        yield from (f"    {line}" for line in found)


def _applies(definition: Definition, vocabulary: Vocabulary) -> str:
    parts = [f"{definition.subject}s"]
    if definition.applies.line:
        parts.append(f"line {term_title('line', definition.applies.line, vocabulary)}")
    if definition.applies.motion:
        parts.append(either(definition.applies.motion))
    return ", ".join(parts)


def _fit(definition: Definition, vocabulary: Vocabulary) -> Iterator[str]:
    rules = definition.fit.rules.items()
    yield from _table(
        (points_text(rule.points).rjust(4), name, _titled(rule.title, condition_sentence(rule.nodes, vocabulary)))
        for name, rule in rules
    )
    yield from _together(definition.fit)


def _titled(title: str, condition: str) -> str:
    return f"{title} ({condition})" if title and condition else title or condition


def _intent(definition: Definition, vocabulary: Vocabulary) -> Iterator[str]:
    weights = definition.intent.channels.items()
    if weights:
        yield "times " + ", ".join(f"{weight:g} by {term_title('channel', ch, vocabulary)}" for ch, weight in weights)
    if definition.intent.whose == "people":
        yield "what its people did counts as well"
    rules = definition.intent.rules.items()
    yield from _table(
        (points_text(rule.points).rjust(4), name, rule.strength, _counts(rule, vocabulary)) for name, rule in rules
    )
    related = definition.intent.related.items()
    yield from _table(
        (points_text(rule.points).rjust(4), name, rule.strength, _titled(rule.title, related_sentence(rule)))
        for name, rule in related
    )
    crowds = definition.intent.people.items()
    yield from _table(
        (points_text(rule.points).rjust(4), name, rule.strength, _titled(rule.title, people_sentence(rule, vocabulary)))
        for name, rule in crowds
    )
    yield from _together(definition.intent)
    opens = definition.intent.opens
    if opens is not None:
        channels = either(term_title("channel", channel, vocabulary) for channel in opens.human)
        most = points_text(opens.at_most)
        yield f"opened mails: at most {most}, where a person opened them ({channels}), only beside something else"


def _together(side: Fit | Intent) -> Iterator[str]:
    """Yield a line for each group: its rules, their cap, their decay."""
    for name, group in side.groups.items():
        members = side.all_rules if isinstance(side, Intent) else side.rules
        rules = [id_ for id_, rule in members.items() if rule.group == name]
        parts = [f"at most {points_text(group.at_most)}"] if group.at_most is not None else []
        fades = group.fades if isinstance(group, IntentGroup) else None
        parts += [fades_sentence(fades)] if fades is not None else []
        yield f"{group.title or name}: {', '.join(rules)} together {'; '.join(parts)}"


def _counts(rule: IntentRule, vocabulary: Vocabulary) -> str:
    parts = [_titled(rule.title, condition_sentence(rule.nodes, vocabulary))]
    if rule.at_most is not None:
        parts.append(
            f"at {'most' if rule.points > 0 else 'worst'} {points_text(abs(rule.at_most) * _sign(rule.points))}"
        )
    parts += [fades_sentence(rule.fades)] if rule.fades is not None else []
    return "; ".join(parts)


def _sign(points: int) -> int:
    return 1 if points > 0 else -1


def _tier(name: str, tier: Tier) -> _ROW:
    stays = "" if tier.stays is None else f"; whoever is in it stays with {thresholds_sentence(tier.stays)}"
    sequence = f", {tier.sequence}" if tier.sequence else ""
    sequence += f" (stage {tier.stage})" if tier.stage else ""
    return name, _BRANCHES[tier.branch] + sequence, f"needs {needs_sentence(tier.needs)}{stays}"


def _exception(name: str, rule: ExceptionRule, vocabulary: Vocabulary) -> _ROW:
    done = [f"one of {either(rule.any)}"] if rule.any else []
    condition = ", and ".join([*filter(None, [condition_sentence(rule.nodes, vocabulary)]), *done])
    sequence = f", {rule.sequence}" if rule.sequence else ""
    return name, _BRANCHES[rule.branch] + sequence, _titled(rule.title, condition)


def _matrix(definition: Definition) -> Iterator[str]:
    """Yield the matrix of grades: fit down, intent across, in each cell the first tier that names it."""
    grades = definition.grades
    if grades is None:
        return
    tier_of = {cell: name for name, tier in reversed(definition.tiers.items()) for cell in tier.needs.grades}
    yield from _table(
        [
            ("", *(f"{column} from {points_text(least)}" for column, least in grades.intent.items()), ""),
            *(
                (f"{row} from {points_text(least)}", *(tier_of.get(f"{row}{c}", "-") for c in grades.intent), "")
                for row, least in grades.fit.items()
            ),
        ]
    )


def _route(name: str, route: Route, vocabulary: Vocabulary) -> _ROW:
    return name, f"to {route.to}", _titled(route.title, condition_sentence(route.nodes, vocabulary)) or "all others"


def _queue(name: str, queue: Queue, operations: Operations) -> _ROW:
    people = (f"{operations.people[id_].name} ×{share}" for id_, share in queue.members.items())
    parts = [queue.title, ", ".join(people), f"SLA {queue.sla}"]
    parts += [f"at most {queue.at_most} each that are not accepted yet"] if queue.at_most is not None else []
    parts += [f"if nobody: {queue.if_nobody}"] if queue.if_nobody is not None else []
    return name, "; ".join(part for part in parts if part)


def _sla(name: str, sla: Sla) -> _ROW:
    parts = [f"contact within {sla.contact}"]
    parts += [f"warned {sla.warn} before"] if sla.warn is not None else []
    parts += [f"{_late(after)}: {whom} hears of it" for after, whom in sla.late.items()]
    return name, "; ".join(parts)


def _late(after: str) -> str:
    span = read_span(after)
    return "when late" if span.amount == 0 else f"{span} late"


def _calendar(name: str, calendar: Calendar) -> _ROW:
    hours = (
        f"{days} {' and '.join([span] if isinstance(span, str) else span)}" for days, span in calendar.hours.items()
    )
    free = f"; free on public holidays of {calendar.holidays}" if calendar.holidays else ""
    return name, calendar.zone, ", ".join(hours) + free


def _sequences(operations: Operations, vocabulary: Vocabulary) -> Iterator[str]:
    for name, sequence in operations.sequences.items():
        lines = (term_title("line", line, vocabulary) for line in sequence.interest)
        yield f"{sequence.title or name} ({name}), for {', '.join(lines) or 'every other interest'}"
        rows = ((span_sentence(step.after), step.mail, ", ".join(step.content)) for step in sequence.steps.values())
        yield from (f"  {row}" for row in _table(rows))


def _stages(operations: Operations) -> Iterator[_ROW]:
    """Yield the stages in their order, where the playbook says anything of them."""
    for name in in_order(operations.stages) if operations.stages else ():
        said = operations.stages.get(name)
        yield name, title_of(name, operations.stages), f"in the CRM: {said.crm}" if said and said.crm else ""


def _reasons(operations: Operations) -> Iterator[_ROW]:
    for name, reason in operations.reasons.items():
        to = f"{reason.to}, with {reason.sequence}" if reason.sequence else reason.to
        yield name, reason.title, to


def _consent(operations: Operations) -> Iterator[_ROW]:
    for purpose, bases in operations.consent.basis.items():
        yield purpose, ", ".join(f"{country}: {basis}" for country, basis in bases.items()) + "; elsewhere: nothing"
