"""Mutate the compiler, one place at a time, and print who was caught: `make mutants`, or with names of modules."""

from __future__ import annotations

import gc
import importlib
import os
import random
import signal
import sys
import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from tests.mutants.bodies import path_of, put_in_place
from tests.mutants.changes import Change, changed, changes_of
from tests.mutants.killers import Killers

COMPILER = [
    *(f"penstock.playbook.{name}" for name in (
        "compiled", "compile", "conditions_sql", "gates_sql", "intent_sql", "lists_sql", "people_sql", "points_sql",
        "profile_sql", "related_sql", "decide",
    )),
    *(f"penstock.store.{name}" for name in (
        "batch", "cases", "colleagues", "decisions", "evidence", "lifts", "moments", "sales_word", "scores", "staying",
    )),
]  # fmt: skip
# A module and the change in it.
Mutant = tuple[str, Change]
ENOUGH = 0.95
SURVIVES = "survives: "
# How often the counts so far are told.
PACE = 20
# A mutant that goes on for ever is noticed too.
SECONDS = 240
REASONS = Path(__file__).with_name("equivalent.txt")


def equivalent() -> dict[str, str]:
    """Return the places of mutants that change nothing, with the reason."""
    lines = [line for line in REASONS.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return {place.strip(): reason.strip() for place, _, reason in (line.partition(" :: ") for line in lines)}


def place_of(module: str, change: Change) -> str:
    """Return how a mutant is named; without its line, which moves."""
    return f"{module.removeprefix('penstock.')} {change.kind} {' '.join(change.says.split())[:110]}"


def begin(work: Callable[[], bool], *, seconds: int = 0) -> int:
    """Start work that should return True in a process of its own, which fails if it does not; return its id."""
    if child := os.fork():
        return child
    signal.alarm(seconds)
    os.nice(10)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1), os.dup2(nowhere, 2)
    is_well = False
    try:
        is_well = work()
    finally:
        os._exit(0 if is_well else 1)


def survives(killers: Killers, module: str, change: Change, place: int) -> bool:
    """Return whether nobody notices a change; it stays where it is, so this is for a process of its own."""
    mutated = importlib.import_module(module)
    put_in_place(mutated, changed(path_of(mutated), change))
    return killers.survives(module.rpartition(".")[2], place)


def verdicts(killers: Killers, chosen: list[Mutant], jobs: int) -> Iterator[tuple[Mutant, bool]]:
    """Yield each mutant with whether it survives, as they end; as many at a time as there are jobs."""
    waiting, free = iter(chosen), list(range(jobs))
    running: dict[int, tuple[Mutant, int]] = {}
    while True:
        while free and (mutant := next(waiting, None)):
            place = free.pop()
            running[begin(partial(survives, killers, *mutant, place), seconds=SECONDS)] = mutant, place
        if not running:
            return
        child, status = os.wait()
        # The database server may lose a child too, which is nobody's mutant.
        if child in running:
            mutant, place = running.pop(child)
            free.append(place)
            yield mutant, status == 0


def chosen_of(asked: Namespace) -> list[Mutant]:
    """Return the mutants asked for: all of the modules, a sample of them, or those that survived another run."""
    modules = [(name, path_of(importlib.import_module(name))) for name in asked.modules]
    every = [(name, change) for name, path in modules for change in changes_of(path)]
    if asked.again is not None:
        lines = asked.again.read_text(encoding="utf-8").splitlines()
        alive = {line.removeprefix(SURVIVES).rpartition("  (line")[0] for line in lines if line.startswith(SURVIVES)}
        every = [one for one in every if place_of(*one) in alive]
    return random.Random(asked.seed).sample(every, asked.sample) if asked.sample else every


def run(chosen: list[Mutant], jobs: int) -> int:
    """Go through some mutants, print what became of them, and return 0 where enough are caught."""
    reasons, caught, alive = equivalent(), Counter[str](), Counter[str]()
    told = [(module, change) for module, change in chosen if place_of(module, change) not in reasons]
    killers, began = Killers(jobs), time.monotonic()
    if os.waitpid(begin(killers.passes_unchanged), 0)[1]:
        killers.close()
        print("a test fails without any change")
        return 1
    # What is there already is not looked through again in each child.
    gc.freeze()
    for number, ((module, change), is_alive) in enumerate(verdicts(killers, told, jobs), start=1):
        (alive if is_alive else caught)[change.kind] += 1
        if is_alive:
            print(f"{SURVIVES}{place_of(module, change)}  (line {change.line})", flush=True)
        if number % PACE == 0:
            print(f"{number} of {len(told)}: {caught.total()} caught, {alive.total()} not", flush=True)
    killers.close()
    for kind in sorted({*caught, *alive}):
        print(f"{kind}: {caught[kind]} of {caught[kind] + alive[kind]} caught")
    total = caught.total() + alive.total()
    rest = f"{len(chosen) - total} change nothing, with the reason; {time.monotonic() - began:.0f} s"
    print(f"{total} mutants, {caught.total()} caught ({caught.total() / total:.1%}); {rest}")
    return 0 if caught.total() >= ENOUGH * total else 1


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", default=COMPILER)
    parser.add_argument("--sample", type=int, default=0, help="so many mutants, the same ones each time")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other mutants")
    parser.add_argument("--again", type=Path, help="only what survived in the run that printed this file")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="so many mutants at a time")
    asked = parser.parse_args()
    sys.exit(run(chosen_of(asked), asked.jobs))
