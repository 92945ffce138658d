"""Trying the user's own examples: each history goes through landing, the fold and routing, in a store of its own that
is thrown away; for ``playbook test``.

Nothing is simplified: what the examples say holds for the workspace, because the same operations judge both.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import select

from penstock.errors import PenstockError
from penstock.identity.find import find_subject
from penstock.mail.keyring import Keyring
from penstock.operations.adopt import run_adopt
from penstock.operations.answer import answer_handoff
from penstock.operations.explain import UnderDefinition, explain
from penstock.operations.ingest import run_ingest
from penstock.operations.lift import lift_disqualifier
from penstock.operations.qualify import run_qualify
from penstock.operations.route import run_route
from penstock.playbook.examples import NO_TIER, Example, Happened, Lifted, SaidBySales, expectations, texts
from penstock.playbook.load_examples import LoadedExamples
from penstock.playbook.model import Playbook
from penstock.playbook.values import points_text
from penstock.records import ANSWERS, Happening, Listed, OutcomeSaid, Page, Record
from penstock.sequence.leading import is_open
from penstock.store.engine import Sessions, open_store, table
from penstock.store.migrate import upgrade
from penstock.store.tables import Handoff

HANDOFF = table(Handoff)
# The moment at which every example is looked at, a Monday morning: the same whenever it is tried.
MOMENT = datetime(2026, 3, 2, 9, tzinfo=UTC)
BEFORE = timedelta(days=1)
FEED, COMPANY, LEAD = "examples", "company", "lead"
KEYRING = Keyring(("signs nothing: the store of an example is thrown away",))


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as expected."""

    definition: str
    what: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one example; ``why`` explains what was found under the definitions that differ."""

    example: str
    title: str
    file: str
    line: int
    differences: tuple[Difference, ...] = ()
    why: tuple[str, ...] = ()
    failed: str = ""
    """Why the history could not be told to its end."""

    @property
    def ok(self) -> bool:
        """Whether all is as expected."""
        return not self.differences and not self.failed


@dataclass(frozen=True, slots=True)
class TriedAll:
    """Every example that was tried."""

    examples: tuple[Tried, ...]

    @property
    def failed(self) -> tuple[Tried, ...]:
        """Return those that did not come out as expected."""
        return tuple(one for one in self.examples if not one.ok)


def try_examples(playbook: Playbook, loaded: LoadedExamples, names: Iterable[str] = ()) -> TriedAll:
    """Try these examples, or all; returns what differs from what is expected."""
    chosen = list(names) or list(loaded.examples)
    with TemporaryDirectory(prefix="penstock-examples-") as folder:
        empty = Path(folder) / "empty.sqlite"
        upgrade(f"sqlite:///{empty}")
        return TriedAll(tuple(_try(empty, playbook, loaded, name) for name in chosen))


def _try(empty: Path, playbook: Playbook, loaded: LoadedExamples, name: str) -> Tried:
    example, place = loaded.examples[name], loaded.place(name)
    tried = Tried(name, example.title, place.file, place.line)
    with _store(empty) as store:
        try:
            _Told(store, playbook, example).tell()
        except PenstockError as error:
            return replace(tried, failed=str(error))
        return _compared(store, tried, playbook, example)


@contextmanager
def _store(empty: Path) -> Iterator[Sessions]:
    place = empty.with_name("example.sqlite")
    shutil.copyfile(empty, place)
    store = open_store(f"sqlite:///{place}")
    try:
        yield store
    finally:
        store.close()
        for left in empty.parent.glob("example.sqlite*"):
            left.unlink()


class _Told:
    """Lands an example's history moment by moment, and lets sales say what it said."""

    def __init__(self, store: Sessions, playbook: Playbook, example: Example) -> None:
        self.store = store
        self.example = example
        ages = [one.ago.length for one in _everything(example)]
        self.start = MOMENT - max(ages, default=timedelta())
        self.landing = _landings(example, self.start)
        run_adopt(store, now=self.start - BEFORE, playbook=playbook, live_from=self.start - BEFORE)

    def tell(self) -> None:
        answers: dict[datetime, list[SaidBySales]] = defaultdict(list)
        for said in self.example.sales:
            if said.says in ANSWERS:
                answers[MOMENT - said.ago.length].append(said)
        lifts: dict[datetime, list[Lifted]] = defaultdict(list)
        for one in self.example.lifted:
            lifts[MOMENT - one.ago.length].append(one)
        for moment in sorted({*self.landing, *answers, *lifts, MOMENT}):
            feed = _Given(self.landing.get(moment, ()), f"{moment:%Y%m%d%H%M}")
            run_ingest(self.store, now=moment, feed=feed, run=FEED, keyring=KEYRING)
            # Before qualify, so that it counts at this very moment and not right after it.
            for one in lifts.get(moment, ()):
                self._lift(one, moment)
            run_qualify(self.store, now=moment)
            run_route(self.store, now=moment)
            for said in answers.get(moment, ()):
                self._answer(said, moment)
        run_qualify(self.store, now=MOMENT)

    def _lift(self, one: Lifted, moment: datetime) -> None:
        named = f"{FEED}:{COMPANY if self.example.is_of_account else LEAD}"
        out, reason = one.disqualifier, one.reason
        lift_disqualifier(self.store, now=moment, named=named, disqualifier=out, reason=reason, actor=FEED)

    def _answer(self, said: SaidBySales, moment: datetime) -> None:
        with self.store.read() as tx:
            handoff = tx.scalar(select(HANDOFF.c.id).where(is_open()).order_by(HANDOFF.c.id.desc()))
        if handoff is None:
            raise PenstockError(f"sales has nothing to answer {said.ago} ago: nothing was handed over by then")
        is_yes = said.says == "accepted"  # which needs a dated next step
        answer_handoff(
            self.store,
            now=moment,
            handoff_id=handoff,
            answer=said.says,
            actor=FEED,
            reason=said.reason,
            next_step="agreed" if is_yes else "",
            next_on=moment.date() + BEFORE if is_yes else None,
        )


def _everything(example: Example) -> Iterator[Happened | SaidBySales | Lifted]:
    yield from example.did
    yield from example.lifted
    yield from example.sales
    for colleague in example.colleagues.values():
        yield from colleague.did


class _Given:
    """A feed that gives the records of one moment; fills ``ports.Feed``."""

    name = FEED

    def __init__(self, records: Sequence[Record], stream: str) -> None:
        self.records = records
        self.stream = stream

    def streams(self) -> Sequence[str]:
        return [self.stream] if self.records else []

    def pull(self, stream: str, cursor: str | None, *, now: datetime) -> Iterator[Page]:
        if cursor is None:
            yield Page(stream, f"{now:%Y%m%d%H%M}", self.records, read=len(self.records))

    def untaken(self) -> Sequence[str]:
        return []

    def check(self) -> str:
        return "the examples of the playbook"

    def reread(self, stream: str, raw: str, place: str) -> Page:
        return Page(stream, raw, (), name=place)


def _landings(example: Example, start: datetime) -> Mapping[datetime, list[Record]]:
    """Return moment → records: who they are at the start, then what each did at its time."""
    found: dict[datetime, list[Record]] = defaultdict(list)
    if example.account is not None:
        found[start].append(Record("account", start, company_id=COMPANY, fields=texts(example.account)))
    for number, listed in enumerate(example.on_lists):
        since, until = (None if ago is None else MOMENT - ago.length for ago in (listed.since, listed.until))
        place = Listed(listed.name, listed.origin, since, until)
        found[start].append(Record(f"listed-{number}", start, company_id=COMPANY, listed=place))
    people = {} if example.is_of_account else {LEAD: (texts(example.lead), example.did)}
    people |= {f"colleague-{name}": (texts(one.lead), one.did) for name, one in example.colleagues.items()}
    for person, (fields, did) in people.items():
        email = fields.pop("email", "") or f"{person}@example.example"
        who = Record(person, start, email=email, person_id=person, company_id=COMPANY)
        found[start].append(replace(who, fields=fields))
        _add(found, who, did)
    whom = Record("", company_id=COMPANY)
    if example.is_of_account:
        _add(found, whom, example.did)
    else:
        whom = replace(whom, person_id=LEAD, company_id="")
    for number, said in enumerate(example.sales):
        if said.says not in ANSWERS:
            at = MOMENT - said.ago.length
            found[at].append(replace(whom, external_id=f"outcome-{number}", at=at, outcome=OutcomeSaid(said.says)))
    return found


def _add(found: dict[datetime, list[Record]], whom: Record, did: Iterable[Happened]) -> None:
    for number, one in enumerate(did):
        at = MOMENT - one.ago.length
        words = {"channel": one.channel, "source": one.source, "campaign": one.campaign, "asset": one.asset}
        happening = Happening(one.did, **words, line=one.line, text=one.says)
        key = f"{whom.external_id}-{number}"
        found[at].append(replace(whom, external_id=key, at=at, email="", happening=happening))


def _compared(store: Sessions, tried: Tried, playbook: Playbook, example: Example) -> Tried:
    found = _found(store, playbook, example)
    differences = [
        Difference(definition, what, _shown(expected), _shown(found[definition][what]))
        for definition, wanted in example.expect.items()
        for what, expected in expectations(wanted).items()
        if not _is_met(what, expected, found[definition][what])
    ]
    differing = dict.fromkeys(one.definition for one in differences)
    why = tuple(line for definition in differing for line in found[definition]["why"])
    return replace(tried, differences=tuple(differences), why=why)


def _is_met(what: str, expected: str | int, found: str | int) -> bool:
    if what == "reason":
        return str(expected).casefold() in str(found).casefold()
    return expected == found


def _shown(value: str | int) -> str:
    return points_text(value) if isinstance(value, int) else value


def _found(store: Sessions, playbook: Playbook, example: Example) -> dict[str, dict[str, Any]]:
    """Return definition → what was decided, in the words of ``Expected``."""
    named = {"account": f"{FEED}:{COMPANY}", "lead": f"{FEED}:{LEAD}"}
    found: dict[str, dict[str, Any]] = {}
    for subject in {playbook.deciding.definitions[name].subject for name in example.expect}:
        queue = _queue(store, named[subject])
        for one in explain(store, named=named[subject], now=MOMENT).definitions:
            found[one.definition] = _decided(one) | {"queue": queue}
    return found


def _decided(one: UnderDefinition) -> dict[str, Any]:
    decided = f"{one.definition}: fit {one.fit:g}, intent {one.intent:g}; decided as {one.reason}"
    why = (decided, *one.unknown, *one.not_others)
    return {
        "tier": one.tier or NO_TIER, "branch": one.branch, "stage": one.stage, "reason": one.reason,
        "fit": round(one.fit * 1000), "intent": round(one.intent * 1000), "why": why,
    }  # fmt: skip


def _queue(store: Sessions, named: str) -> str:
    with store.read() as tx:
        subject, own = find_subject(tx, named)
        mine = (HANDOFF.c.subject == subject, HANDOFF.c.subject_id == own, is_open())
        return tx.scalar(select(HANDOFF.c.queue).where(*mine).order_by(HANDOFF.c.id.desc())) or NO_TIER
