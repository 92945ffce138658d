"""The team's own examples in words: who, what they did, what should follow; for both forms of the playbook's page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from penstock.playbook.examples import NO_TIER, Example, Expected, Fields, Happened, SaidBySales
from penstock.playbook.model import Playbook
from penstock.playbook.show_rows import BRANCHES
from penstock.playbook.values import points_text

QUALIFIES = frozenset({"sales", "assisted"})


@dataclass(frozen=True, slots=True)
class ShownExample:
    """An example as it is read aloud."""

    title: str
    who: str
    did: tuple[str, ...]
    follows: tuple[str, ...]
    qualifies: bool
    """Whether it ends in the hands of sales under some definition."""


def shown_examples(examples: Mapping[str, Example], playbook: Playbook) -> Iterator[ShownExample]:
    """Yield each example in words, in the order written."""
    for name, one in examples.items():
        yield ShownExample(
            title=one.title or name,
            who=_who(one),
            did=tuple(_did(one)),
            follows=tuple(_follows(definition, told, playbook) for definition, told in one.expect.items()),
            qualifies=any(told.branch in QUALIFIES for told in one.expect.values()),
        )


def _who(one: Example) -> str:
    of_company = f"company: {_fields(one.account)}" if one.account else ""
    lists = [f"on the list {listed.name}" for listed in one.on_lists if listed.until is None]
    return "; ".join(filter(None, [_fields(one.lead), of_company, *lists])) or "nothing is known"


def _fields(fields: Fields | None) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in (fields or {}).items())


def _did(one: Example) -> Iterator[str]:
    yield from (_happened(done) for done in one.did)
    for name, colleague in one.colleagues.items():
        yield from (f"{name}, a colleague: {_happened(done)}" for done in colleague.did)
    yield from (_said(said) for said in one.sales)


def _happened(done: Happened) -> str:
    ago = "just now" if done.ago.amount == 0 else f"{done.ago} ago"
    about = [
        done.did.replace("_", " "),
        done.asset,
        f"line {done.line}" if done.line else "",
        f"“{done.says}”" if done.says else "",
    ]
    about += [f"by {done.channel}" if done.channel else "", done.source, done.campaign]
    return f"{ago}: {', '.join(filter(None, about))}"


def _said(said: SaidBySales) -> str:
    return f"{said.ago} ago: sales says {said.says} {said.reason}".strip()


def _follows(definition: str, told: Expected, playbook: Playbook) -> str:
    title = playbook.deciding.definitions[definition].title or definition
    parts = [f"tier {told.tier}" if told.tier not in (None, NO_TIER) else "no tier" if told.tier else ""]
    parts += [BRANCHES.get(told.branch, told.branch) if told.branch else ""]
    queue = playbook.operations.queues.get(told.queue or "")
    parts += [f"to {queue.title or told.queue}" if queue is not None else ""]
    points = (("fit", told.fit), ("intent", told.intent))
    parts += [f"{name} {points_text(value)}" for name, value in points if value is not None]
    parts += [f"stage {told.stage}" if told.stage and not told.branch else ""]
    return f"{title}: {', '.join(filter(None, parts)) or 'anything'}"
