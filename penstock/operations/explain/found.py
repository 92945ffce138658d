"""What a definition found of one subject at a moment, which the other parts of an explanation put into words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from penstock.playbook.compiled import CompiledDefinition
from penstock.playbook.most import Most
from penstock.playbook.reference_people import Person
from penstock.playbook.tally_hits import Hit, RuleTally
from penstock.playbook.vocabulary import Vocabulary
from penstock.routing.profile import Profile


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of the subject: points are thousandths."""

    compiled: CompiledDefinition
    fit: int
    intent: int
    tier: str
    fit_mask: int
    held: int
    people: Mapping[str, Sequence[int]]
    colleagues: Sequence[Person]
    """The people of the account, where a rule over them holds."""
    hits: Sequence[Hit]
    rules: tuple[RuleTally, ...]
    profile: Profile
    gone: int
    flags: int
    lifted: frozenset[str]
    most: Most
    vocabulary: Vocabulary
