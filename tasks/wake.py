"""Making sure that a check of clocks runs at the next due moment; used by flows that saw one.

The key holds for ever, so several runs that see the same moment make one check; should that one crash, the fallback
schedule of ``deployments/prefect.yaml`` finds what it missed.
"""

from __future__ import annotations

import logging
from datetime import datetime

from prefect.deployments import arun_deployment
from prefect.runtime import deployment

CHECK = "check-slas/penstock"
_log = logging.getLogger(__name__)


async def make_sure_of_check(due: datetime) -> None:
    """Schedule one check at ``due``, if this run itself was started by a deployment."""
    if deployment.get_id() is None:
        _log.debug("run in this process: no check scheduled at %s", due.isoformat())
        return
    await arun_deployment(
        CHECK,
        timeout=0,
        scheduled_time=due,
        idempotency_key=f"check-slas:{due.isoformat()}",
        as_subflow=False,
        flow_run_name=f"check-slas at {due:%Y-%m-%d %H:%M}Z",
    )
    _log.info("check scheduled at %s", due.isoformat())
