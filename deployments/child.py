"""Runs a module as a child that never outlives its parent: ``python -m deployments.child MODULE ARGUMENTS…``.

The child's standard input is a pipe from its parent. However the parent ends, kill -9 too, the pipe closes, and the
child ends its whole process group: otherwise a killed ``penstock run`` would leave a Prefect server behind.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
import time

# A server needs some seconds to close its database.
GRACE = 5.0


def _end_with_parent() -> None:
    while os.read(0, 1):
        pass
    os.killpg(0, signal.SIGTERM)
    time.sleep(GRACE)
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    """Watch the parent, then become the module."""
    # Started with it ignored, as every `&` in a script does, a worker would ignore SIGTERM too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
