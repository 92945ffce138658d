"""Writes MANUAL.md from the examples: ``make manual``. What it says is what the tests hold.

The first case of an example is told whole: its history as a table, the decision as a table, and what ``penstock
explain`` says of it, all as they come out of a store. The other cases follow a line each, with the decision that their
test expects.
"""

from __future__ import annotations

import inspect
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

from ruamel.yaml import YAML

from penstock.operations.explain import explain
from penstock.operations.explain.words import definition_lines
from penstock.operations.qualify import run_qualify
from penstock.store.engine import Sessions, open_store
from penstock.store.migrate import upgrade
from tests.history import VOCABULARY
from tests.repository import ROOT
from tests.spec.contents import CONTENTS, Example, examples
from tests.spec.manual_words import by_definition, decision, history, in_one_row, table
from tests.spec.tables import Case, found_by, told, written
from tests.spec.whole import written_out

MANUAL = ROOT / "MANUAL.md"
# A Monday morning, as in the tests.
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
INTRODUCTION = """\
# The manual: what a playbook can say

Written by `make manual` from the examples in `tests/spec`. Each of them is judged by the compiled statement on
SQLite, by the same statement on PostgreSQL, and by a slow and plain evaluator in Python, and all three must find what
stands here.

How to read it: an idea in a few sentences; the YAML that says it; one small history told whole, with the decision and
what `penstock explain` says of it; then more histories, a line each, and what is decided. All of them end on Monday,
2 March 2026, at 9:00 UTC. A definition is a file below `playbook/definitions/`, the other sections stand in files
beside it, mails in files below `playbook/mails/`; here the sections are shown together, and `---` begins the next
definition. `penstock playbook schema` tells every field; what a word means, [GLOSSARY](GLOSSARY.md) says.

A past moment (`penstock explain --as-of`) is judged by what had been received by then, under the version that was live
then; only who is who counts as it is known now: what was received of a lead that was merged into another since is the
other's, in the past too.
"""
SHARED = """\
The examples share this vocabulary. A section that an example writes itself takes the place of the one here.
"""
Fresh = Callable[[], AbstractContextManager[Sessions]]


def manual() -> str:
    """Return the manual as Markdown."""
    with _stores() as fresh:
        sections = [line for title in CONTENTS for line in _section(title, fresh)]
    return "\n".join(
        [INTRODUCTION, written_out(), SHARED, *_fenced("yaml", _vocabulary()), *_contents(), "", *sections]
    )


def _vocabulary() -> str:
    out, yaml = StringIO(), YAML()
    yaml.default_flow_style = None
    yaml.dump({"vocabulary": VOCABULARY}, out)
    return out.getvalue()


def _contents() -> Iterator[str]:
    for number, title in enumerate(CONTENTS, start=1):
        yield f"{number}. [{title}](#{anchor(heading(title))})"


def heading(title: str) -> str:
    """Return the heading of a section, with its number."""
    return f"{list(CONTENTS).index(title) + 1}. {title}"


def anchor(text: str) -> str:
    """Return the anchor that a heading gets where Markdown is shown."""
    return re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-")


def _section(title: str, fresh: Fresh) -> Iterator[str]:
    yield from (f"## {heading(title)}", "")
    files = CONTENTS[title]
    for file in files:
        yield from (_paragraph(file, is_alone=len(files) == 1), "")
        for example in examples(file):
            yield from _example(example, fresh)


def _paragraph(file: ModuleType, *, is_alone: bool) -> str:
    """Return the docstring of a file; beside others its first line is a heading."""
    first, *rest = (inspect.getdoc(file) or "").split("\n\n")
    said = "\n\n".join([first, *rest] if is_alone else [f"### {first.rstrip('.')}", *rest])
    return re.sub(r"``(.+?)``", r"`\1`", said)


def _example(example: Example, fresh: Fresh) -> Iterator[str]:
    yield from _fenced("yaml", example.playbook)
    first, *others = example.cases
    yield from _told_whole(example.playbook, first, fresh)
    if others:
        yield from table(("more histories", "what happened", "decided"), map(in_one_row, others))


def _told_whole(playbook: str, case: Case, fresh: Fresh) -> Iterator[str]:
    yield from (f"**{case.name[:1].upper()}{case.name[1:]}**", "")
    yield from table(("when", "what"), history(case, NOW))
    deciding = written(playbook).deciding
    shown = [name for name in deciding.definitions if name in by_definition(case) or "" in by_definition(case)]
    with fresh() as store:
        landed = told(store, NOW, playbook, case)
        run_qualify(store, now=NOW)
        # Before anybody acts on it, as explanations are read.
        said = _explained(store, shown, {one.subject for one in deciding.definitions.values()})
        found = found_by(landed, NOW, deciding, case)
    yield from decision(case, {name: found[name] for name in shown})
    yield from _fenced("text", said)


def _explained(store: Sessions, shown: list[str], subjects: set[str]) -> str:
    named = ["account:1" if subject == "account" else "1" for subject in sorted(subjects)]
    explained = [one for name in named for one in explain(store, named=name, now=NOW).definitions]
    said = ("\n".join(definition_lines(one, NOW)) for one in explained if one.definition in shown)
    # Which version it was says nothing here, and changes with every word of the example.
    return re.sub(r" +definition version .*", "", "\n\n".join(said))


def _fenced(language: str, text: str) -> list[str]:
    return [f"```{language}", text.strip("\n"), "```", ""]


@contextmanager
def _stores() -> Iterator[Fresh]:
    """Give what makes an empty, migrated store, a new one each time."""
    with TemporaryDirectory() as folder:
        empty = Path(folder) / "empty.sqlite"
        upgrade(f"sqlite:///{empty}")
        yield lambda: _copied(empty)


@contextmanager
def _copied(empty: Path) -> Iterator[Sessions]:
    with TemporaryDirectory() as folder:
        sessions = open_store(f"sqlite:///{shutil.copy(empty, Path(folder) / 'store.sqlite')}")
        yield sessions
        sessions.close()


if __name__ == "__main__":
    MANUAL.write_text(manual(), encoding="utf-8")
