"""Children: started in a process group of their own, logging to a file, stopped with all that they started."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from deployments.environment import STARTUP
from penstock.errors import PenstockError

# Waits some seconds; `up` raises from it when it is to stop.
Pause = Callable[[float], object]
# Seconds between SIGTERM and SIGKILL: a worker tells its runs first.
GRACE = 15.0


class ChildEndedError(PenstockError):
    """Something that we started ended by itself."""


class Child:
    """A module that runs as a process group of its own, in a neutral folder."""

    def __init__(self, name: str, arguments: Sequence[str], env: Mapping[str, str], folder: Path) -> None:
        """Start ``python -m deployments.child ARGUMENTS``; the log goes to ``folder/NAME.log``."""
        self.name = name
        self.log = folder / f"{name}.log"
        # Nothing of the user's lies here, so nothing of theirs is imported in place of ours.
        neutral = folder / "empty"
        neutral.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "deployments.child", *arguments],
                env=dict(env), cwd=neutral, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def check(self) -> None:
        """Raise ChildEndedError with the end of its log, if it is not running any more."""
        if (code := self.process.poll()) is not None:
            last = self.log.read_text(errors="replace").strip().splitlines()[-1:] or ["it logged nothing"]
            raise ChildEndedError(
                f"the {self.name} ended by itself (exit {code}): {last[0]}; all of it is in {self.log}"
            )

    def wait(self, seconds: float) -> int:
        """Wait for its end and return its exit code; raises ChildEndedError when it takes longer."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.stop()
            raise ChildEndedError(f"the {self.name} took longer than {seconds:.0f} s; see {self.log}") from None

    def stop(self) -> None:
        """End it and all that it started."""
        self._signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(GRACE)
        self._signal(signal.SIGKILL)
        self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port: int = held.getsockname()[1]
        return port


def is_free(host: str, port: int) -> bool:
    """Whether we could listen there."""
    try:
        with socket.create_server((host, port)):
            return True
    except OSError:
        return False


def is_healthy(api: str) -> bool:
    """Whether a Prefect server answers at this address."""
    try:
        return httpx.get(f"{api}/health", timeout=2, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def await_health(api: str, child: Child, pause: Pause = time.sleep) -> None:
    """Wait until the server answers; raises ChildEndedError when it ends before, or takes too long."""
    until = time.monotonic() + STARTUP
    while not is_healthy(api):
        child.check()
        if time.monotonic() > until:
            raise ChildEndedError(f"the server did not answer within {STARTUP} s; see {child.log}")
        pause(0.1)


def start_server(
    env: Mapping[str, str],
    folder: Path,
    *,
    host: str,
    port: int,
    meanwhile: Callable[[], None] = lambda: None,
    pause: Pause = time.sleep,
) -> Child:
    """Start a Prefect server and wait until it answers, doing ``meanwhile`` first; raises ChildEndedError."""
    api = f"http://{reachable(host)}:{port}/api"
    arguments = ["prefect", "server", "start", "--host", host, "--port", str(port)]
    try:
        return _answering(Child("server", arguments, env, folder), api, meanwhile, pause)
    except ChildEndedError:
        # Once in some dozens of starts it ends with code 1, cause not found; the second try has always worked.
        return _answering(Child("server", arguments, env, folder), api, lambda: None, pause)


def _answering(child: Child, api: str, meanwhile: Callable[[], None], pause: Pause) -> Child:
    try:
        meanwhile()
        await_health(api, child, pause)
    except BaseException:
        child.stop()
        raise
    return child


def reachable(host: str) -> str:
    """Return the address at which we reach ourselves: who listens everywhere is here too."""
    return "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound


@contextmanager
def stopping(children: Sequence[Child]) -> Iterator[None]:
    """Stop the children in the order of the list when the block ends; the list may grow meanwhile."""
    try:
        yield
    finally:
        for child in children:
            child.stop()
