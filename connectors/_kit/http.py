"""HTTP for vendor connectors: tries again what may succeed later, and types every failure by what to do next.

``RetriableFeedError``: the far side is busy or broken, later may do. ``FeedError``: a person must mend something first.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Self

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from connectors._kit.redact import redacted
from penstock.errors import FeedError, RetriableFeedError

_log = logging.getLogger(__name__)

ATTEMPTS = 5
FIRST_WAIT = 1.0  # seconds; doubled each time: 1, 2, 4, 8
# A vendor that asks for more than this is waited for by the next scheduled run, not by a process that holds a slot.
LONGEST_WAIT = 60.0
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 522, 524})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})

Judge = Callable[[httpx.Response], Exception | None]
"""Reads a vendor's own signs of failure: a 200 with an error in its body, a 403 that means the limit is reached.

It returns a TryAgainError for what passes in seconds, else a RetriableFeedError or FeedError; None: nothing special."""


def _nothing_special(_: httpx.Response) -> Exception | None:
    return None


class HttpClient:
    """One vendor's API, with credentials in ``headers``.

    ``transport`` and ``sleep`` are for tests; ``wall`` dates a Retry-After that the server did not date itself.
    """

    def __init__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        judge: Judge = _nothing_special,
        timeout: float = 30,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = httpx.Client(base_url=base_url, headers=headers, timeout=timeout, transport=transport)
        self._judge = judge
        self._sleep = sleep
        self._wall = wall

    def __enter__(self) -> Self:
        """Return itself; leaving closes the connections."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self._client.close()

    def json(self, method: str, path: str, *, repeatable: bool | None = None, **request: Any) -> Any:  # noqa: ANN401 - JSON
        """Return the decoded body of a request; ``repeatable`` None: by the method, so a POST is sent once.

        Raises RetriableFeedError when the far side stays busy, FeedError for what only a person can mend.
        """
        response = self.request(method, path, repeatable=repeatable, **request)
        try:
            return response.json()
        except ValueError as error:
            raise FeedError(f"{_place(response.request)} answered with something that is not JSON") from error

    def request(self, method: str, path: str, *, repeatable: bool | None = None, **request: Any) -> httpx.Response:  # noqa: ANN401 - as httpx takes it
        """Return a response of 2xx; tries again after 429, 5xx, timeouts and broken connections, waiting as told."""
        again = method.upper() in _SAFE if repeatable is None else repeatable
        retrying = Retrying(
            retry=retry_if_exception_type(TryAgainError),
            stop=stop_after_attempt(ATTEMPTS if again else 1),
            wait=_wait,
            sleep=self._sleep,
            reraise=True,
        )
        return retrying(self._once, method, path, request)

    def _once(self, method: str, path: str, request: Mapping[str, Any]) -> httpx.Response:
        prepared = self._client.build_request(method, path, **request)
        try:
            response = self._client.send(prepared)
        except httpx.TransportError as error:
            _log.info("%s: %s", _place(prepared), type(error).__name__)
            raise TryAgainError(f"{_place(prepared)} could not be reached ({type(error).__name__})") from error
        _log.info("%s: %s", _place(prepared), response.status_code)
        if failure := self._judge(response) or self._failure(response):
            raise failure
        return response

    def _failure(self, response: httpx.Response) -> Exception | None:
        place, status = _place(response.request), response.status_code
        if response.is_success:
            return None
        if status in _BUSY:
            return self._busy(response)
        if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            return FeedError(f"{place} answered {status}: the credentials are refused; check them in the settings")
        return FeedError(f"{place} answered {status}")

    def _busy(self, response: httpx.Response) -> RetriableFeedError:
        seconds = self._asked(response)
        text = f"{_place(response.request)} answered {response.status_code}"
        if seconds is not None and seconds > LONGEST_WAIT:
            return RetriableFeedError(f"{text} and asks to wait {seconds:.0f} s; the next run tries again")
        return TryAgainError(text, seconds)

    def _asked(self, response: httpx.Response) -> float | None:
        """Return the seconds that Retry-After asks for, given as seconds or as a date."""
        text = response.headers.get("Retry-After", "").strip()
        if text.isdigit():
            return float(text)
        until, dated = _date(text), _date(response.headers.get("Date", ""))
        # Against the server's own clock where it gives one: ours may be minutes off.
        return max(0.0, (until - (dated or self._wall())).total_seconds()) if until else None


class TryAgainError(RetriableFeedError):
    """Worth another attempt in this run, after ``seconds`` where the far side said so."""

    def __init__(self, text: str, seconds: float | None = None) -> None:
        super().__init__(text)
        self.seconds = seconds


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.seconds if isinstance(error, TryAgainError) else None
    return asked if asked is not None else min(LONGEST_WAIT, FIRST_WAIT * 2 ** (state.attempt_number - 1))


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _place(request: httpx.Request) -> str:
    return f"{request.method} {redacted(str(request.url))}"
