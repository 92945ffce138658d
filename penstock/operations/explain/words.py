"""An explanation as a page of text: why in five seconds, the lines behind it in thirty."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from penstock.counts import counted
from penstock.operations.explain.shape import (
    Company,
    Explanation,
    FitLine,
    GroupLine,
    IntentLine,
    LeadLine,
    OpenHandoff,
    Person,
    UnderDefinition,
)

NAMED = 4


def in_words(explained: Explanation) -> str:
    """Return the explanation as lines of text, the leading definition first."""
    ordered = sorted(explained.definitions, key=lambda one: one.definition != explained.leading)
    lines = [*_head(explained), *_people(explained.account)]
    for one in ordered:
        lines += ["", *definition_lines(one, explained.as_of)]
    lines += ["", "timeline", *(f"  {_when(event.at)}  {event.what}" for event in explained.timeline)]
    return "\n".join(lines)


def _head(explained: Explanation) -> Iterator[str]:
    yield " · ".join(part for part in (_person(explained.lead), _company(explained.account)) if part)
    if not explained.definitions:
        yield "no definition of the playbook judges accounts" if explained.account else "no definition judges leads"
    leading = next((one for one in explained.definitions if one.definition == explained.leading), None)
    if leading is not None:
        since = f" since {leading.since:%d %b %Y}" if leading.since else ""
        tier = f", tier {leading.tier}" if leading.tier else ""
        yield f"{leading.stage}{since} for {leading.definition}{tier}{_with(explained.handoff, explained.as_of)}"


def _person(lead: Person | None) -> str:
    if lead is None:
        return ""
    who, where = _listed(lead.name, lead.title), _listed(lead.company, lead.country)
    return " · ".join(part for part in (who, where, f"lead {lead.lead_id}") if part)


def _company(account: Company | None) -> str:
    if account is None:
        return ""
    name, what = _listed(account.name, account.domain), _listed(account.industry, account.country)
    people = counted(account.leads, "lead")
    return " · ".join(part for part in (name, what, f"account {account.account_id}", people) if part)


def _people(account: Company | None) -> Iterator[str]:
    """Yield a line for each of the account's leads that stand highest, and how many there are beside them."""
    if account is None or not account.people:
        return
    lines = [" · ".join((_listed(one.name, one.title), *_standing(one))) for one in account.people]
    yield from _block("leads", [f"{one.lead_id:>5}  {line}" for one, line in zip(account.people, lines, strict=True)])
    if (more := account.leads - len(account.people)) > 0:
        yield f"          … and {more:,} more"


def _standing(one: LeadLine) -> Iterator[str]:
    yield f"{one.stage} for {one.definition}{f', tier {one.tier}' if one.tier else ''}" if one.definition else one.stage
    if one.owner:
        yield f"with {one.owner}"


def _listed(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part)


def _with(handoff: OpenHandoff | None, now: datetime) -> str:
    if handoff is None:
        return ""
    due = ""
    if handoff.due_at is not None:
        late = "was due" if handoff.due_at <= now else "due"
        due = f" · contact {late} {_when(handoff.due_at)}"
    return f" · with {handoff.owner or 'nobody'} ({handoff.queue}), handoff {handoff.handoff_id} {handoff.status}{due}"


def definition_lines(one: UnderDefinition, as_of: datetime) -> Iterator[str]:
    """Yield how the subject stands under one definition: points, gates, what will change, why this branch."""
    yield (
        f"{one.definition:<19} fit {one.fit:g} of {one.fit_at_most:g}"
        f"    intent {one.intent:g} of {one.intent_at_most:g}"
        f"    definition version {one.version}, as of {_when(as_of)} UTC"
    )
    capped = [line for line in one.groups if line.points != line.before]
    of_fit, of_intent = ([_group(line) for line in capped if line.part == part] for part in ("fit", "intent"))
    yield from _block("fit", [*(_fit(line) for line in one.fit_rules), *of_fit])
    yield from _block("intent", [*(_intent(line) for line in one.intent_rules), *of_intent])
    if one.unknown:
        yield from _block("unknown", list(one.unknown))
    if one.evidence_gone:
        gone = f"{counted(one.evidence_gone, 'activity')} behind this {'was' if one.evidence_gone == 1 else 'were'}"
        yield f"  ({gone} removed by retention or erasure)"
    held = next((line for line in one.tiers if line.tier == one.tier), None)
    if held is not None and held.gates:
        passed = "enough to stay" if held.stays else "passed"
        yield f"  gates   {passed}: {', '.join(gate.asks for gate in held.gates)}"
    yield f"  then    {_then(one)}, unless something new happens"
    yield from (f"  {line}" for line in one.not_others)
    yield f"  branch  {one.branch}: {one.reason.removeprefix(f'{one.branch}: ')}"
    yield from (f"          {line}" for line in one.not_branches)


def _then(one: UnderDefinition) -> str:
    if one.next_change is None:
        return f"still tier {one.tier}" if one.tier else "still no tier"
    becomes = f"tier {one.next_change.tier} ({one.next_change.branch})" if one.next_change.tier else "no tier"
    return f"{becomes} from {_when(one.next_change.at)}"


def _block(name: str, lines: list[str]) -> Iterator[str]:
    for number, line in enumerate(lines or ["nothing"]):
        yield f"  {name if number == 0 else '':<7} {line}"


def _fit(line: FitLine) -> str:
    return f"{line.points:>5g}  {line.rule:<18} {line.because}"


def _intent(line: IntentLine) -> str:
    if line.people:
        who = ", ".join(line.people[:NAMED])
        more = f" and {len(line.people) - NAMED} more" if len(line.people) > NAMED else ""
        return f"{line.points:>5g}  {line.rule:<18} {who}{more}"
    cap = f", at most {line.at_most:g}" if line.at_most is not None and line.faded != line.points else ""
    faded = f" of {line.fresh:g} fresh" if line.fresh != line.faded else ""
    named = " · ".join(f"{one.at:%d %b} {one.what or one.kind}" for one in line.activities[-NAMED:])
    more = f" and {len(line.activities) - NAMED} more" if len(line.activities) > NAMED else ""
    return f"{line.points:>5g}  {line.rule:<18} {line.faded:g}{faded}{cap}   {named}{more}, {_ends(line)}"


def _ends(line: IntentLine) -> str:
    """Say when a rule gives nothing any more, and when less, where that is another day."""
    until = max(one.until for one in line.activities)
    if line.less_from is None or line.less_from.date() == until.date():
        return f"until {until:%d %b}"
    return f"less from {line.less_from:%d %b}, none from {until:%d %b}"


def _group(line: GroupLine) -> str:
    """Say what a group takes off, so that the lines add up."""
    rules = ", ".join(line.rules)
    if not line.counts:
        return f"{-line.before:>5g}  {line.group:<18} {rules} count beside something else only"
    return f"{line.points - line.before:>5g}  {line.group:<18} {rules} give at most {line.at_most:g} together"


def _when(moment: datetime) -> str:
    return f"{moment:%d %b %Y %H:%M}"
