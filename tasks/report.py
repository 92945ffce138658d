"""What a run did, collected while it goes: results, failures, the exit code; used by flows, artifacts and CLI."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from penstock.errors import PenstockError
from penstock.operations.adopt import AdoptResult
from penstock.operations.check_slas import CheckSlasResult
from penstock.operations.deliver import DeliverResult
from penstock.operations.ingest import IngestResult
from penstock.operations.pipeline import Result
from penstock.operations.route import RouteResult
from penstock.operations.waits import Waits

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Failure:
    """A step that failed, with what went wrong; the steps after it ran all the same."""

    step: str
    what: str
    exit_code: int = 1


@dataclass(frozen=True, slots=True)
class Ran:
    """A step that ran, with the result of its operation (for ingest, of one feed)."""

    step: str
    result: Result | AdoptResult


@dataclass(slots=True)
class Report:
    """One run of a flow, told by its artifact and by the command that started it."""

    flow: str
    now: datetime
    dry_run: bool = False
    results: list[Ran] = field(default_factory=list)
    """In the order in which they ran."""
    failures: list[Failure] = field(default_factory=list)
    waits: Waits = field(default_factory=Waits)

    def take(self, step: str, results: Iterable[Result | AdoptResult]) -> None:
        """Keep the results of a step; a feed or a mail transport that failed is a failure of the run."""
        for result in results:
            self.results.append(Ran(step, result))
            if isinstance(result, IngestResult | DeliverResult) and result.failed:
                where = f"{step} {result.feed}" if isinstance(result, IngestResult) else step
                self.failures.append(Failure(where, result.failed))

    def fail(self, step: str, error: BaseException) -> None:
        """Keep what a step raised."""
        code = error.exit_code if isinstance(error, PenstockError) else 1
        self.failures.append(Failure(step, str(error) or type(error).__name__, code))

    @property
    def next_due(self) -> datetime | None:
        """When the next level of a clock falls due, as the last step that looked saw it."""
        looked = (ran.result for ran in reversed(self.results) if isinstance(ran.result, RouteResult | CheckSlasResult))
        return next((result.next_due for result in looked), None)

    def of(self, kind: type[R]) -> list[R]:
        """Return the results of one kind."""
        return [ran.result for ran in self.results if isinstance(ran.result, kind)]


class RunFailedError(PenstockError):
    """Part of a run failed; what succeeded is kept, and its report is written."""

    def __init__(self, report: Report) -> None:
        """Tell each failure in one line; the exit code is that of the first."""
        self.report = report
        self.exit_code = report.failures[0].exit_code
        super().__init__("\n".join(f"{failure.step}: {failure.what}" for failure in report.failures))
