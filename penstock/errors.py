"""What can go wrong, typed by what to do next; raised everywhere, printed by the CLI, recorded by the flows.

Every message says what, where (file:line or record) and what to do. The exit codes are those of the contract.
"""

from __future__ import annotations

from dataclasses import dataclass


class PenstockError(Exception):
    """Something failed while running; what succeeded before it is kept."""

    exit_code = 1


class UsageError(PenstockError):
    """The command was called in a way that cannot be done."""

    exit_code = 2


class NotFoundError(PenstockError):
    """What was named does not exist."""

    exit_code = 4


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in a file of the user's: where it is, what it is, how to mend it."""

    file: str
    line: int
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        """Return ``file:line: what; remedy`` as the CLI prints it."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.what}" + (f"; {self.remedy}" if self.remedy else "")


class FileError(PenstockError):
    """The playbook, the settings or another file of the user's is wrong; carries every problem found."""

    exit_code = 3

    def __init__(self, *problems: Problem) -> None:
        """Keep the problems in the order of their places."""
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class FeedError(PenstockError):
    """A feed failed and can be tried again later; other feeds go on."""


class RetriableFeedError(FeedError):
    """The far side is busy or broken for the moment: the kit tries again by itself."""


class UnreadableRecordError(PenstockError):
    """One record cannot be read: it goes to quarantine with this reason, the rest goes on."""

    def __init__(self, code: str, detail: str) -> None:
        """Take a short code (the reason counted in artifacts) and a sentence for the person who mends it."""
        self.code = code
        self.detail = detail
        super().__init__(f"{code}: {detail}")


class RefusedMessageError(PenstockError):
    """The mail server refused this one message for good; the others go on."""


class DeferredMessageError(PenstockError):
    """The mail server asked to try this message again later."""


class UnreachableMailError(DeferredMessageError):
    """The transport itself could not be reached: no fault of any message, all wait until that is mended."""


class UnknownOutcomeError(PenstockError):
    """The connection broke after the message was handed over: whether it was taken is unknown; never resend blindly."""
