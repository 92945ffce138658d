"""The parts of a playbook as rows of words, the same in both forms of its page (show.py in text, page.py as HTML).

Nothing here knows how rows are laid out.
"""

from __future__ import annotations

from collections.abc import Iterator

from penstock.playbook.compiled import SOURCE_IS_UNKNOWN
from penstock.playbook.definition import Definition, ExceptionRule, Tier
from penstock.playbook.model import Playbook
from penstock.playbook.operations import Calendar, Operations, Queue, Route, Sequence, Sla
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

BRANCHES = {
    "sales": "goes to sales",
    "assisted": "gets mails in the owner's name",
    "nurture": "gets mails on the interest",
    "ask": "is asked for what is missing",
    "triage": "a person in marketing looks first",
    "out": "is out",
    "none": "stays, nothing happens",
}
Row = tuple[str, ...]


def applies(definition: Definition, vocabulary: Vocabulary) -> str:
    """Return whom a definition is for: "leads, line Pumps, inbound or partner"."""
    parts = [f"{definition.subject}s"]
    if definition.applies.line:
        parts.append(f"line {term_title('line', definition.applies.line, vocabulary)}")
    if definition.applies.motion:
        parts.append(either(definition.applies.motion))
    return ", ".join(parts)


def titled(title: str, condition: str) -> str:
    """Return a title with its condition in brackets, or whichever there is."""
    return f"{title} ({condition})" if title and condition else title or condition


def fit_rows(definition: Definition, vocabulary: Vocabulary) -> Iterator[Row]:
    """Yield points, id and condition of each fit rule."""
    for name, rule in definition.fit.rules.items():
        yield points_text(rule.points), name, titled(rule.title, condition_sentence(rule.nodes, vocabulary))


def intent_rows(definition: Definition, vocabulary: Vocabulary) -> Iterator[Row]:
    """Yield points, id, strength and condition of each rule over single activities."""
    for name, rule in definition.intent.rules.items():
        yield points_text(rule.points), name, rule.strength, _counts(rule, vocabulary)


def related_rows(definition: Definition) -> Iterator[Row]:
    """Yield points, id, strength and condition of each rule over related activities."""
    for name, rule in definition.intent.related.items():
        yield points_text(rule.points), name, rule.strength, titled(rule.title, related_sentence(rule))


def people_rows(definition: Definition, vocabulary: Vocabulary) -> Iterator[Row]:
    """Yield points, id, strength and condition of each rule over the people of an account."""
    for name, rule in definition.intent.people.items():
        yield points_text(rule.points), name, rule.strength, titled(rule.title, people_sentence(rule, vocabulary))


def intent_about(definition: Definition, vocabulary: Vocabulary) -> Iterator[str]:
    """Yield what holds for all intent rules: channel weights, and whose activities count."""
    weights = definition.intent.channels.items()
    if weights:
        yield "times " + ", ".join(f"{weight:g} by {term_title('channel', ch, vocabulary)}" for ch, weight in weights)
    if definition.intent.whose == "people":
        yield "what its people did counts as well"


def opens_about(definition: Definition, vocabulary: Vocabulary) -> Iterator[str]:
    """Yield what is said of opened mails, where they count."""
    opens = definition.intent.opens
    if opens is not None:
        channels = either(term_title("channel", channel, vocabulary) for channel in opens.human)
        most = points_text(opens.at_most)
        yield f"opened mails: at most {most}, where a person opened them ({channels}), only beside something else"


def together(side: Fit | Intent) -> Iterator[str]:
    """Yield a line for each group: its rules, their cap, their decay."""
    for name, group in side.groups.items():
        members = side.all_rules if isinstance(side, Intent) else side.rules
        rules = [id_ for id_, rule in members.items() if rule.group == name]
        parts = [f"at most {points_text(group.at_most)}"] if group.at_most is not None else []
        fades = group.fades if isinstance(group, IntentGroup) else None
        parts += [fades_sentence(fades)] if fades is not None else []
        yield f"{group.title or name}: {', '.join(rules)} together {'; '.join(parts)}"


def _counts(rule: IntentRule, vocabulary: Vocabulary) -> str:
    parts = [titled(rule.title, condition_sentence(rule.nodes, vocabulary))]
    if rule.at_most is not None:
        most, sign = ("most", 1) if rule.points > 0 else ("worst", -1)
        parts.append(f"at {most} {points_text(abs(rule.at_most) * sign)}")
    parts += [fades_sentence(rule.fades)] if rule.fades is not None else []
    return "; ".join(parts)


def tier_row(name: str, tier: Tier) -> Row:
    """Return id, consequence and gates of a tier."""
    stays = "" if tier.stays is None else f"; whoever is in it stays with {thresholds_sentence(tier.stays)}"
    stage = f" (stage {tier.stage})" if tier.stage else ""
    said = f"{tier.title}: {consequence(tier)}" if tier.title else consequence(tier)
    return name, f"{said}{stage}", f"needs {needs_sentence(tier.needs)}{stays}"


def consequence(of: Tier | ExceptionRule) -> str:
    """Return what happens to whoever is in a tier, or an exception."""
    return BRANCHES[of.branch] + (f", {of.sequence}" if of.sequence else "")


def exception_row(name: str, rule: ExceptionRule, vocabulary: Vocabulary) -> Row:
    """Return id, consequence and condition of an exception."""
    done = [f"one of {either(rule.any)}"] if rule.any else []
    condition = ", and ".join([*filter(None, [condition_sentence(rule.nodes, vocabulary)]), *done])
    return name, consequence(rule), titled(rule.title, condition)


def never_rows(definition: Definition, vocabulary: Vocabulary) -> Iterator[Row]:
    """Yield id and condition of each disqualifier."""
    for name, rule in definition.disqualify.items():
        yield name, titled(rule.title, condition_sentence(rule.nodes, vocabulary))


def looked_at_rows(definition: Definition, vocabulary: Vocabulary) -> Iterator[Row]:
    """Yield id and condition of each reason to look first, that of an unclear source among them, which nobody writes
    down.
    """
    if definition.subject == "lead" and vocabulary.sources:
        yield "source", condition_sentence((SOURCE_IS_UNKNOWN,), vocabulary)
    for name, rule in definition.triage.items():
        yield name, titled(rule.title, condition_sentence(rule.nodes, vocabulary))


def matrix(definition: Definition) -> list[Row]:
    """Return the matrix of grades: fit down, intent across, in each cell the first tier that names it."""
    grades = definition.grades
    if grades is None:
        return []
    tier_of = {cell: name for name, tier in reversed(definition.tiers.items()) for cell in tier.needs.grades}
    head = ("", *(f"{column} from {points_text(least)}" for column, least in grades.intent.items()))
    return [
        head,
        *(
            (f"{row} from {points_text(least)}", *(tier_of.get(f"{row}{column}", "-") for column in grades.intent))
            for row, least in grades.fit.items()
        ),
    ]


def route_row(name: str, route: Route, vocabulary: Vocabulary) -> Row:
    """Return id, queue and condition of a route."""
    return name, f"to {route.to}", titled(route.title, condition_sentence(route.nodes, vocabulary)) or "all others"


def members(queue: Queue, operations: Operations) -> str:
    """Return who takes from a queue, with their shares."""
    return ", ".join(f"{operations.people[id_].name} ×{share}" for id_, share in queue.members.items())


def queue_row(name: str, queue: Queue, operations: Operations) -> Row:
    """Return a queue's id, and who takes from it under which promise."""
    parts = [queue.title, members(queue, operations), f"SLA {queue.sla}"]
    parts += [f"at most {queue.at_most} each that are not accepted yet"] if queue.at_most is not None else []
    parts += [f"if nobody: {queue.if_nobody}"] if queue.if_nobody is not None else []
    return name, "; ".join(part for part in parts if part)


def sla_row(name: str, sla: Sla) -> Row:
    """Return a promise's id and words."""
    parts = [f"contact within {sla.contact}"]
    parts += [f"warned {sla.warn} before"] if sla.warn is not None else []
    parts += [f"{_late(after)}: {whom} hears of it" for after, whom in sla.late.items()]
    return name, "; ".join(parts)


def _late(after: str) -> str:
    span = read_span(after)
    return "when late" if span.amount == 0 else f"{span} late"


def calendar_row(name: str, calendar: Calendar) -> Row:
    """Return a calendar's id, zone and hours."""
    hours = (
        f"{days} {' and '.join([span] if isinstance(span, str) else span)}" for days, span in calendar.hours.items()
    )
    free = [f"public holidays of {calendar.holidays}"] if calendar.holidays else []
    free += [f"{day:%d %b %Y}" for day in calendar.closed]
    return name, calendar.zone, ", ".join(hours) + (f"; free on {either(free, 'and')}" if free else "")


def sequence_heading(name: str, sequence: Sequence, playbook: Playbook) -> str:
    """Return a sequence's title with the interests that it is for, or who else gets it."""
    lines = [term_title("line", line, playbook.deciding.vocabulary) for line in sequence.interest]
    # Of those without an interest the first is for all; the others are named by a tier, an exception or a reason.
    general = next((of for of, one in playbook.operations.sequences.items() if not one.interest), None)
    whom = (
        f"for {', '.join(lines)}" if lines else "for every other interest" if name == general else "where it is named"
    )
    return f"{sequence.title or name} ({name}), {whom}"


def step_rows(sequence: Sequence) -> Iterator[Row]:
    """Yield when each mail of a sequence goes, which it is, and what it offers."""
    for step in sequence.steps.values():
        yield span_sentence(step.after), step.mail, ", ".join(step.content)


def stage_rows(operations: Operations) -> Iterator[Row]:
    """Yield the stages in their order, where the playbook says anything of them."""
    for name in in_order(operations.stages) if operations.stages else ():
        said = operations.stages.get(name)
        yield name, title_of(name, operations.stages), f"in the CRM: {said.crm}" if said and said.crm else ""


def reason_rows(operations: Operations) -> Iterator[Row]:
    """Yield why sales may say no, and where the lead goes then."""
    for name, reason in operations.reasons.items():
        yield name, reason.title, f"{reason.to}, with {reason.sequence}" if reason.sequence else reason.to


def consent_rows(operations: Operations) -> Iterator[Row]:
    """Yield what permits mail to those who have said neither yes nor no, by purpose."""
    for purpose, bases in operations.consent.basis.items():
        yield purpose, ", ".join(f"{country}: {basis}" for country, basis in bases.items()) + "; elsewhere: nothing"
