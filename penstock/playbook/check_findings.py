"""What the checks of a playbook write down: mistakes and warnings with their places."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from penstock.errors import Problem
from penstock.playbook.load_places import FEW, Places, meant
from penstock.playbook.load_yaml import KeyPath

_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>.]+")


@dataclass(slots=True)
class Findings:
    """Collects what checks find."""

    places: Places
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def error(self, path: KeyPath, what: str, remedy: str = "") -> None:
        """Add a mistake: with it the playbook does not do what it says."""
        self.errors.append(self.places.problem(path, what, remedy))

    def warn(self, path: KeyPath, what: str, remedy: str = "") -> None:
        """Add something odd that may be meant."""
        self.warnings.append(self.places.problem(path, what, remedy))

    def refer(self, path: KeyPath, kind: str, word: str | None, allowed: Iterable[str]) -> bool:
        """Check a reference to something named elsewhere; return whether it leads somewhere (None: there is none)."""
        names = list(allowed)
        if word is None or word in names:
            return word is not None
        otherwise = f"define it, or name one of {', '.join(names)}" if 0 < len(names) <= FEW else "define it first"
        self.error(path, f'there is no {kind} "{word}"', meant(word, names, otherwise))
        return False

    def address(self, path: KeyPath, text: str) -> None:
        """Check that a text can be an e-mail address."""
        if not _ADDRESS.fullmatch(text):
            self.error(path, f'"{text}" is no e-mail address', "write it as name@company.com")

    def mail(self, name: str, line: int, what: str, remedy: str = "") -> None:
        """Add a mistake in a mail's body, by its line."""
        file, _ = self.places.lines["mails", name]
        self.errors.append(Problem(file, line, what, remedy))
