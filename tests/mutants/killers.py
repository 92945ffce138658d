"""Who may notice a mutant, the quickest first: the differential test on a small corpus, then test files."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import _hypothesis_pytestplugin  # type: ignore[import-untyped] # noqa: F401 - loaded late, it warns, and that is an error
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from sqlalchemy import Connection

from penstock.playbook.reference_verdict import ReferenceVerdict
from penstock.store.engine import open_store
from penstock.store.migrate import upgrade
from tests import postgres as pg
from tests.property.examples import Example, examples, wanted
from tests.property.landed import Landed, intern_words
from tests.property.test_reference import check
from tests.property.test_staying import AGES, stayed
from tests.property.words import NOW

CORPUS = 120
QUALIFY = [
    "tests/operations/test_qualify.py",
    "tests/spec/test_people_of_an_account.py",
    "tests/property/test_cadence.py",
]
SAID = [f"tests/operations/test_{name}.py" for name in ("lift", "dropped_definition", "answer", "touch")]
READ = ["tests/property/test_evidence.py", "tests/operations/test_explain.py"]
FILES = {
    "evidence": READ,
    "lifts": [*SAID[:1], *QUALIFY],
    "sales_word": [*SAID, "tests/store/test_due.py", *QUALIFY],
    "decisions": ["tests/store/test_cases.py", *QUALIFY[:1], *SAID, *QUALIFY[1:]],
    "decide": [
        "tests/playbook/test_held_by_sales.py",
        "tests/operations/test_rises.py",
        "tests/spec/test_exceptions.py",
        *QUALIFY[:1],
        *SAID,
        *QUALIFY[1:],
    ],
    "scores": [
        "tests/operations/test_lift.py",
        *QUALIFY[:1],
        "tests/operations/test_dropped_definition.py",
        "tests/store/test_due.py",
        *QUALIFY[1:],
    ],
    "moments": [
        "tests/store/test_due.py",
        *QUALIFY,
        "tests/property/test_cadence_of_lists.py",
        "tests/property/test_incremental.py",
        "tests/property/test_any_pace.py",
    ],
    "batch": ["tests/store/test_batch.py", "tests/playbook/test_judge.py", *QUALIFY],
    "cases": ["tests/store/test_cases.py", *QUALIFY],
    "compiled": [
        "tests/playbook/test_flags.py",
        "tests/playbook/test_points.py",
        "tests/property/test_smallest_points.py",
        "tests/spec/test_opened_mails.py",
        "tests/spec/test_staying_in_a_tier.py",
        "tests/spec/test_disqualifiers.py",
        *QUALIFY,
    ],
    "conditions_sql": ["tests/property/test_bounds.py", *QUALIFY],
    "gates_sql": ["tests/property/test_smallest_points.py", "tests/property/test_bounds.py", *QUALIFY],
    "points_sql": ["tests/property/test_smallest_points.py", *QUALIFY],
    "lists_sql": ["tests/property/test_bounds.py", "tests/operations/test_landed_lists.py", *QUALIFY],
    "staying": ["tests/store/test_staying.py", *QUALIFY],
    "related_sql": [
        "tests/property/test_smallest_points.py",
        "tests/spec/test_second_related_signal.py",
        *QUALIFY,
    ],
    "intent_sql": ["tests/property/test_smallest_points.py", "tests/store/test_kinds.py", *QUALIFY],
    "profile_sql": ["tests/property/test_bounds.py", *QUALIFY],
    "colleagues": ["tests/store/test_due.py", *QUALIFY],
}

# What only PostgreSQL minds: the types of columns. Their tests run on both, which takes longer.
ON_BOTH = frozenset({"batch"})
# What comes after the verdict, or before it: the corpus never gets there.
NO_VERDICTS = frozenset(
    {"cases", "colleagues", "decide", "decisions", "evidence", "lifts", "moments", "sales_word", "scores"}
)


@dataclass(frozen=True)
class Known:
    """An example with what the reference found before anything was mutated."""

    example: Example
    landed: Landed
    found: dict[tuple[int, int], ReferenceVerdict]

    @cached_property
    def moments(self) -> list[int]:
        """Moments to go through for who stays."""
        return [NOW - age for age in AGES]

    @cached_property
    def stays(self) -> dict[object, str]:
        """Return (subject, moment) → tier of who was in the first tier before; strangers are in the second."""
        found: dict[object, str] = {}
        for of in self.landed.facts:
            tier = "T0"
            for at in self.moments:
                found[of, at] = tier = self.example.reference.judge(as_of=at, before=tier, **self.landed.said(of)).tier
        return found


class Killers:
    """The corpus and a store to land it in, made once, before the first mutant."""

    def __init__(self, jobs: int = 1) -> None:
        """Generate the corpus, and stores with all words for so many mutants at a time."""
        self.folder = Path(tempfile.mkdtemp(prefix="mutants-"))
        self.server = None if (binary := pg.binaries()) is None else pg.start(binary)
        self.urls = [] if self.server is None else [self.server.url(self.server.create()) for _ in range(jobs)]
        for url in (f"sqlite:///{self.folder / 'template.sqlite'}", *self.urls):
            upgrade(url)
            store = open_store(url)
            with store.write() as tx:
                intern_words(tx)
            store.close()
        self.corpus: list[Known] = []
        asked = settings(max_examples=CORPUS, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
        with warnings.catch_warnings():
            # Hypothesis takes it for a plugin of pytest that draws while it is loaded.
            warnings.simplefilter("ignore")
            seed(1)(asked(given(example=examples())(self._keep)))()
        for known in self.corpus:
            _ = known.stays

    def _keep(self, example: Example) -> None:
        landed = Landed(example.definition.subject, example.subjects)
        self.corpus.append(Known(example, landed, wanted(example, landed)))

    def passes_unchanged(self) -> bool:
        """Return whether all passes that a mutant may fail; else a test that fails anyway would catch every one."""
        files = sorted({file for files in (QUALIFY, *FILES.values()) for file in files})
        return all(self._passes_the_corpus(one, 0) for one in ("compile", "staying")) and all(map(_passes, files))

    def survives(self, module: str, place: int) -> bool:
        """Return whether nobody notices what is wrong with a module (its last name); to raise is to notice.

        Of those looked at in the same moment each has a place of its own.
        """
        both = module in ON_BOTH
        return self._passes_the_corpus(module, place) and all(
            _passes(file, both=both) for file in FILES.get(module, QUALIFY)
        )

    def _passes_the_corpus(self, module: str, place: int) -> bool:
        if module in NO_VERDICTS:
            return True
        # A copy of its own, for the mutant before may have left anything behind.
        file = self.folder / f"{os.getpid()}.sqlite"
        shutil.copyfile(self.folder / "template.sqlite", file)
        try:
            return all(self._passes_on(url, module) for url in (f"sqlite:///{file}", *self.urls[place : place + 1]))
        finally:
            file.unlink()

    def _passes_on(self, url: str, module: str) -> bool:
        """Return True, or raise whatever the difference is."""
        store = open_store(url)
        for known in self.corpus:
            with store.read() as tx:
                _judge(tx, known, staying=module == "staying")
        store.close()
        return True

    def close(self) -> None:
        """Leave nothing behind."""
        if self.server is not None:
            self.server.stop()
        shutil.rmtree(self.folder)


def _judge(tx: Connection, known: Known, *, staying: bool) -> None:
    if staying:
        assert stayed(tx, known.example, known.landed, known.moments, "T0") == known.stays
        return
    known.landed.write(tx)
    rows = known.landed.judge(tx, known.example.definition, known.example.moments)
    assert rows.keys() == known.found.keys()
    for key, row in rows.items():
        check(known.example, row, known.found[key])


def _passes(file: str, *, both: bool = False) -> bool:
    asked = [
        "-q",
        "-x",
        "-n",
        "0",
        "-p",
        "no:cacheprovider",
        "--assert=plain",
        *([] if both else ["-k", "not postgres"]),
        "--hypothesis-profile=mutants",
    ]
    return pytest.main([*asked, file]) == pytest.ExitCode.OK


settings.register_profile(
    "mutants", deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate]
)
