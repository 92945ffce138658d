"""Secrets that are kept as Secret blocks of the Prefect server that a run reports to; for runs of deployments."""

from __future__ import annotations

from pathlib import Path

from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound

from penstock.errors import UsageError


def read_block(_workspace: Path, _api_url: str, name: str) -> str:
    """Return the value of a Secret block; raises UsageError where there is none of that name."""
    with get_client(sync_client=True) as client:
        try:
            found = client.read_block_document_by_name(name, "secret", include_secrets=True)
        except ObjectNotFound as error:
            raise UsageError("the server has none of that name; make it there, under Blocks in its UI") from error
    return str(found.data["value"])
