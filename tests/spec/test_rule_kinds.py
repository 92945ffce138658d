"""Whatever can be written is known everywhere: to the statement, the reference, the generated playbooks, the manual.

A *kind* is a field of what decides, named by its place with ids left out (``intent.rules.fades``), or a way to ask for
a value (``… is none of``). The kinds are read off the models, so a new field fails here until every piece is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from datetime import datetime
from functools import cache
from typing import Any, get_args, get_origin

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from sqlalchemy import create_engine

from penstock.playbook.compile import verdicts
from penstock.playbook.conditions import ACTIVITY_FIELDS, Among, Between, Condition, Node, OnList, read_matcher
from penstock.playbook.definition import Definition
from penstock.playbook.model import Deciding
from tests.property.examples import definitions
from tests.spec.contents import CONTENTS, Example, examples
from tests.spec.slowly import judged_slowly
from tests.spec.tables import lists_slowly, told_slowly, written

Raw = dict[str, Any]
Path = tuple[str, ...]

# No engine ever connects.
DIALECTS = [create_engine(url).dialect for url in ("sqlite://", "postgresql+psycopg://")]
# What neither the statement nor the reference asks for, with what does.
READ_BY_OTHERS = {
    "definition": "names the definition",
    "title": "words for people",
    "for": "its parts are read",
    "for.motion": "words for people",
    "tiers.branch": "decide.py",
    "tiers.stage": "decide.py",
    "tiers.sequence": "enrol.py",
    "exceptions.branch": "decide.py",
    "exceptions.sequence": "enrol.py",
    "cooldown": "decide.py",
}
# Values of which a field with a closed list takes some.
WORDS = ("line", "asset", "rules", "kinds", "own", "people", "lead", "account", "high", "low")
STATES = ("is known", "is unknown", "is missing")
LISTS = ("is on a list", "is on no such list", "is on a list made by somebody")
WAYS = ("is one of", "is none of", "lies between", *STATES, *LISTS)


def inner(annotation: Any) -> type[BaseModel] | None:
    """The model within an annotation: ``dict[Id, Tier]``, ``Needs | None``."""
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return annotation if issubclass(annotation, BaseModel) else None
    return next((found for one in get_args(annotation) if (found := inner(one))), None)


def kinds(model: type[BaseModel] = Definition, below: Path = ()) -> Iterator[str]:
    """Every kind of a model, by what its fields are called in YAML."""
    for name, field in model.model_fields.items():
        path = (*below, field.alias or name)
        if path[-1] != "title":
            yield ".".join(path)
        if (found := inner(field.annotation)) is not None:
            yield from kinds(found, path)


KINDS = [*kinds(), *WAYS, *(f"asks {word}" for word in ACTIVITY_FIELDS)]
COMPILED = [kind for kind in KINDS if kind not in READ_BY_OTHERS]


def way(node: Node) -> str:
    if isinstance(node, Among):
        return "is none of" if node.negated else "is one of"
    if isinstance(node, OnList):
        return LISTS[1] if node.negated else LISTS[2] if node.origins else LISTS[0]
    return "lies between" if isinstance(node, Between) else f"is {node.state}"


def places(
    raw: Raw, model: type[BaseModel] = Definition, below: Path = (), ids: Path = ()
) -> Iterator[tuple[str, Path]]:
    """Each kind that a definition uses, with the keys that lead there."""
    fields = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
    for key, value in raw.items():
        if key in fields:
            yield ".".join((*below, key)), (*ids, key)
            yield from _within(value, fields[key], (*below, key), (*ids, key))
        elif issubclass(model, Condition):
            yield way(read_matcher(key, value)), (*ids, key)
            if "intent" in below:
                yield f"asks {key}", (*ids, key)


def _within(value: Any, annotation: Any, below: Path, ids: Path) -> Iterator[tuple[str, Path]]:
    model = inner(annotation)
    if model is None or not isinstance(value, dict):
        return
    if get_origin(annotation) is dict:
        for name, one in value.items():
            yield from places(one, model, below, (*ids, name))
    else:
        yield from places(value, model, below, ids)


@cache
def told() -> tuple[tuple[Raw, Example], ...]:
    """Each definition of the manual as it is written, with its example."""
    read = YAML(typ="safe", pure=True)
    every = [example for files in CONTENTS.values() for file in files for example in examples(file)]
    own = {*Definition.model_fields, "for"}
    return tuple(
        ({name: value for name, value in document.items() if name in own}, example)
        for example in every
        for document in read.load_all(example.playbook)
        if "definition" in document
    )


def changed(raw: Raw, path: Path) -> Iterator[Definition]:
    """The definition without what stands at a path, or with another value where it has to have one."""
    for other in (None, *_others(_at(raw, path))):
        varied = deepcopy(raw)
        parent = _at(varied, path[:-1])
        if other is None:
            del parent[path[-1]]
        else:
            parent[path[-1]] = other
        try:
            yield Definition.model_validate(varied)
        except ValidationError:
            continue


def _at(raw: Raw, path: Path) -> Any:
    return _at(raw[path[0]], path[1:]) if path else raw


def _others(value: Any) -> Iterator[Any]:
    if isinstance(value, int | float):
        yield from (value + 1, value * 2, value * 50)
    elif isinstance(value, list):
        yield from (value[:-1], value[1:], ["another"])
    elif isinstance(value, str):
        yield from WORDS
    elif isinstance(value, dict):
        yield from ({name: one for name, one in value.items() if name != gone} for gone in value)
        yield from ({**value, name: one + 1} for name, one in value.items() if isinstance(one, int))


def statement(definition: Definition) -> str:
    """The statement of each database, with its parameters."""
    said = []
    for dialect in DIALECTS:
        compiled = verdicts(definition, ["crm"], dialect.name).compile(dialect=dialect)
        said += [str(compiled), repr(sorted((parameter, repr(value)) for parameter, value in compiled.params.items()))]
    return "\n".join(said)


def judged(example: Example, definition: Definition, now: datetime) -> list[Any]:
    """What the reference finds under one definition in every case of an example."""
    deciding = Deciding(
        vocabulary=written(example.playbook).deciding.vocabulary, definitions={definition.definition: definition}
    )
    return [judged_slowly(deciding, told_slowly(case, now), now, lists_slowly(case, now)) for case in example.cases]


@pytest.mark.parametrize("kind", KINDS)
def test_kind_has_its_place_in_the_manual(kind: str) -> None:
    assert any(kind == found for raw, _ in told() for found, _ in places(raw))


def differs(kind: str, ask: Any) -> bool:
    """Whether changing a kind somewhere in the manual changes what is asked for."""
    return any(
        answer(ask, example, other) not in (None, ask(example, Definition.model_validate(raw)))
        for raw, example in told()
        for found, path in places(raw)
        if found == kind
        for other in changed(raw, path)
    )


def answer(ask: Any, example: Example, definition: Definition) -> Any:
    """What is asked for; None where a gate names a rule that is gone."""
    try:
        return ask(example, definition)
    except KeyError:
        return None


@pytest.mark.parametrize("kind", COMPILED)
def test_statement_depends_on_the_kind(kind: str) -> None:
    assert differs(kind, lambda _, definition: statement(definition))


@pytest.mark.parametrize("kind", COMPILED)
def test_reference_depends_on_the_kind_in_an_example_of_the_manual(kind: str, now: datetime) -> None:
    assert differs(kind, lambda example, definition: judged(example, definition, now))


@pytest.fixture(scope="module")
def drawn() -> set[str]:
    """The kinds of some generated playbooks."""
    found: set[str] = set()

    @settings(max_examples=150, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck))
    @given(definition=definitions())
    def draw(definition: Definition) -> None:
        raw = definition.model_dump(mode="json", by_alias=True, exclude_unset=True)
        found.update(kind for kind, _ in places(raw))

    draw()
    return found


def test_generated_playbooks_have_every_kind(drawn: set[str]) -> None:
    assert sorted(set(COMPILED) - drawn) == []


def test_what_others_read_is_a_kind() -> None:
    assert set(READ_BY_OTHERS) - set(KINDS) == {"title"}
