"""What Prefect tries again by itself: what may pass, never what a person has to mend first. Used by every run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRunPolicy
from prefect.runtime import flow_run

from penstock.errors import FileError, NotFoundError, PenstockError, UsageError
from tasks.report import RunFailedError

# A wrong playbook is as wrong a minute later. A feed is tried again even where its file is wrong: it may be half
# uploaded.
MISTAKES = frozenset({UsageError.exit_code, FileError.exit_code, NotFoundError.exit_code})


@contextmanager
def mistakes_are_final() -> Iterator[None]:
    """Take the retries of the flow run away where all that it failed of are mistakes of the user's."""
    try:
        yield
    except PenstockError as error:
        if _codes(error) <= MISTAKES:
            _take_retries_away()
        raise


def _codes(error: PenstockError) -> frozenset[int]:
    if isinstance(error, RunFailedError):
        return frozenset(failure.exit_code for failure in error.report.failures)
    return frozenset({error.exit_code})


def _take_retries_away() -> None:
    run_id = flow_run.get_id()
    if run_id:
        with get_client(sync_client=True) as client:
            client.update_flow_run(UUID(run_id), empirical_policy=FlowRunPolicy(retries=0))
