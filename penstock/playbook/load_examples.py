"""Reading ``playbook/examples.yaml``: its form, and whether it speaks of what the playbook has; for commands.

A mistake in an example is a mistake of the user's like any other: file, line, what to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from penstock.errors import FileError, Problem
from penstock.playbook.check_findings import Findings
from penstock.playbook.conditions import ON_LIST
from penstock.playbook.definition import STAGE_OF_BRANCH
from penstock.playbook.examples import NO_TIER, Example, Examples, Expected, Fields, Happened
from penstock.playbook.load_conditions import PROFILE_WORDS
from penstock.playbook.load_errors import problems_of
from penstock.playbook.load_files import EXAMPLES
from penstock.playbook.load_places import Places
from penstock.playbook.load_yaml import KeyPath, read_yaml
from penstock.playbook.model import Playbook
from penstock.playbook.stages import STAGES
from penstock.playbook.values import Span
from penstock.records import ACTIVITY_KINDS

# What a record may say beside what conditions ask of.
MORE_FIELDS = ("title", "email", "first_name", "last_name", "owner", "parent")
_ROOT: KeyPath = ("examples",)


@dataclass(frozen=True, slots=True)
class LoadedExamples:
    """The examples, and where each stands."""

    examples: dict[str, Example]
    places: Places

    def place(self, *path: str | int) -> Problem:
        """Return file and line of something in them."""
        return self.places.problem((*_ROOT, *path), "")


def read_examples(folder: Path, playbook: Playbook) -> LoadedExamples:
    """Return the examples beside a playbook; raises FileError with every problem, also where there are none."""
    path, file = folder / EXAMPLES, f"{folder.name}/{EXAMPLES}"
    if not path.is_file():
        remedy = "write one: a small history, and the decision you expect; a starter's examples.yaml shows how"
        raise FileError(Problem(file, 0, "there are no examples", remedy))
    document = read_yaml(path, file)
    places = Places(file)
    places.graft(document, (), ())
    if document.problems:
        raise FileError(*document.problems)
    try:
        read = Examples.model_validate(document.value or {})
    except ValidationError as error:
        raise FileError(*problems_of(error, Examples, (), places)) from None
    found = Findings(places)
    for name, example in read.examples.items():
        _Checked((*_ROOT, name), playbook, found).example(example)
    if found.errors:
        raise FileError(*sorted(set(found.errors)))
    return LoadedExamples(read.examples, places)


class _Checked:
    """Looks whether one example speaks of what the playbook has."""

    def __init__(self, path: KeyPath, playbook: Playbook, found: Findings) -> None:
        self.path = path
        self.deciding = playbook.deciding
        self.operations = playbook.operations
        self.found = found

    def example(self, example: Example) -> None:
        if example.lead is None and example.account is None:
            self.found.error(self.path, "the example is about nobody", "say who: lead: {…}, or account: {…}")
        self._profile(("lead",), example.lead)
        self._profile(("account",), example.account)
        self._happened(("did",), example.did)
        for number, one in enumerate(example.on_lists):
            self._ago(("on_lists", number), one.since or Span(0, "days"))
            self._ago(("on_lists", number), one.until or Span(0, "days"))
        for name, colleague in example.colleagues.items():
            self._profile(("colleagues", name, "lead"), colleague.lead)
            self._happened(("colleagues", name, "did"), colleague.did)
        kind = "account" if example.is_of_account else "lead"
        mine = [one for one in self.deciding.definitions.values() if one.subject == kind]
        outs = dict.fromkeys(name for one in mine for name in one.disqualify)
        for number, lifted in enumerate(example.lifted):
            self._ago(("lifted", number), lifted.ago)
            place = (*self.path, "lifted", number, "disqualifier")
            self.found.refer(place, f"disqualifier of {kind}s", lifted.disqualifier, outs)
        for number, said in enumerate(example.sales):
            self._ago(("sales", number), said.ago)
            wanted = said.reason or ("reason" if said.says == "rejected" else None)
            self.found.refer((*self.path, "sales", number), "reason", wanted, self.operations.reasons)
        for definition, expected in example.expect.items():
            self._expected(("expect", definition), definition, expected)

    def _profile(self, path: KeyPath, fields: Fields | None) -> None:
        known = {*PROFILE_WORDS, *MORE_FIELDS, *self.deciding.vocabulary.fields} - {ON_LIST}
        for field in fields or {}:
            self.found.refer((*self.path, *path, field), "profile field", field, known)

    def _happened(self, path: KeyPath, happened: Iterable[Happened]) -> None:
        kinds = (*ACTIVITY_KINDS, *self.deciding.vocabulary.kinds)
        for number, one in enumerate(happened):
            self._ago((*path, number), one.ago)
            self.found.refer((*self.path, *path, number), "activity kind", one.did, kinds)

    def _ago(self, path: KeyPath, ago: Span) -> None:
        if ago.business:
            self.found.error((*self.path, *path, "ago"), "ago counts plain time", "write for example 10d")

    def _expected(self, path: KeyPath, name: str, expected: Expected) -> None:
        definitions = self.deciding.definitions
        if not self.found.refer((*self.path, *path), "definition", name, definitions):
            return
        place = (*self.path, *path)
        self.found.refer((*place, "tier"), "tier", expected.tier, (*definitions[name].tiers, NO_TIER))
        self.found.refer((*place, "branch"), "branch", expected.branch, STAGE_OF_BRANCH)
        self.found.refer((*place, "stage"), "stage", expected.stage, (*STAGES, *self.operations.stages))
        self.found.refer((*place, "queue"), "queue", expected.queue, (*self.operations.queues, NO_TIER))
