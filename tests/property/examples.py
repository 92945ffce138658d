"""One example of the differential tests: a definition, the lives of several subjects, and the moments that are judged.

Tiers are drawn last, with thresholds that somebody has, as the reference evaluator finds: so gates are met and missed,
and most often by nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from penstock.playbook.compiled import STRENGTHS, CompiledDefinition, compile_definition
from penstock.playbook.definition import Definition
from penstock.playbook.reference_verdict import Reference, ReferenceVerdict
from penstock.playbook.tally import kinds_of, signals_of
from tests.property.histories import MOMENTS, SubjectOf, lives, moments
from tests.property.landed import Landed
from tests.property.playbooks import THEMES, sides, tiers
from tests.property.words import TRUST, WORDS_MEAN


@dataclass(frozen=True)
class Example:
    """A playbook and its histories; written out whole only where they fail, for they are long."""

    definition: Definition = field(repr=False)
    subjects: list[SubjectOf] = field(repr=False)
    moments: list[int] = field(repr=False)

    @property
    def compiled(self) -> CompiledDefinition:
        """The definition, numbered."""
        return compile_definition(self.definition)

    @property
    def reference(self) -> Reference:
        """The slow evaluator of it."""
        return Reference(self.compiled, WORDS_MEAN, TRUST)


def wanted(example: Example, landed: Landed) -> dict[tuple[int, int], ReferenceVerdict]:
    """Return what the reference finds, by subject and place of the moment."""
    reference = example.reference
    return {
        (of, place): reference.judge(as_of=at, **landed.said(of))
        for of in landed.facts
        for place, at in enumerate(example.moments, start=1)
    }


@st.composite
def examples(draw: st.DrawFn) -> Example:
    """Draw a definition, lives on its edges, and tiers on their points."""
    theme = draw(THEMES)
    said = draw(sides(theme))
    bare = Definition.model_validate(said)
    subjects, judged = draw(lives(compile_definition(bare), theme)), moments(draw(MOMENTS))
    example = Example(bare, subjects, judged)
    has = _points(example)
    return Example(Definition.model_validate(said | draw(tiers(has))), subjects, judged)


def definitions() -> st.SearchStrategy[Definition]:
    """Draw the definitions alone."""
    return examples().map(lambda example: example.definition)


def _points(example: Example) -> list[dict[str, Any]]:
    """Return what each subject has at each moment: points, which rules give any, and signals by strength."""
    landed = Landed(example.definition.subject, example.subjects)
    of = [rule.id for rule in example.compiled.intent]
    return [
        {
            "fit": one.fit / 1000, "intent": one.intent / 1000, "total": (one.fit + one.intent) / 1000, "of": of,
            "gives": [rule.rule.id for rule in one.rules if rule.points],
            "rules": {strength: signals_of(strength, one.rules) for strength in STRENGTHS},
            "kinds": {strength: kinds_of(strength, one.rules) for strength in STRENGTHS},
        }
        for one in wanted(example, landed).values()
    ]  # fmt: skip


def many(examples_of_ci: int) -> int:
    """Return how many examples a test takes: so many in `make test`, forty times as many in `make test-deep`."""
    return examples_of_ci * settings().max_examples // 100
