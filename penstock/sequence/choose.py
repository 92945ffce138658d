"""Which sequence a lead gets; pure, used by enrolling and by tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from penstock.playbook.model import Deciding
from penstock.playbook.operations import Operations, Reason, Sequence


@dataclass(frozen=True, slots=True)
class Chosen:
    """A sequence, and the line it was chosen for ('' where none is known)."""

    sequence: str
    interest: str


def choose(
    deciding: Deciding,
    operations: Operations,
    *,
    rejection: str | None,
    leading: str | None,
    latest_line: str | None,
    named: str | None = None,
) -> Chosen | None:
    """Return the sequence for a lead, None where the playbook has none.

    First the one that the reason of sales' rejection names, else the tier or the exception; then the one whose interest
    holds the line of the leading definition, then the line that the lead last looked at; then the one for every
    interest.
    """
    line = _line(deciding, leading) or latest_line or ""
    for wanted in (_named(operations.reasons, rejection), named or ""):
        if wanted in operations.sequences:
            return Chosen(wanted, line)
    found = for_line(operations.sequences, line)
    return None if found is None else Chosen(found, line)


def for_line(sequences: Mapping[str, Sequence], line: str) -> str | None:
    """Return the first sequence for a line, else the first one for every interest."""
    for_it = [name for name, sequence in sequences.items() if line and line in sequence.interest]
    for_all = [name for name, sequence in sequences.items() if not sequence.interest]
    return next(iter([*for_it, *for_all]), None)


def _line(deciding: Deciding, definition: str | None) -> str | None:
    found = deciding.definitions.get(definition or "")
    return None if found is None else found.applies.line


def _named(reasons: Mapping[str, Reason], rejection: str | None) -> str:
    reason = reasons.get(rejection or "")
    return (reason.sequence or "") if reason is not None else ""
