"""The HTTP client tries again what may succeed later, types failures by recovery, and logs nothing that is secret."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from connectors._kit.http import HttpClient, Judge, TryAgainError
from connectors._kit.redact import redacted
from penstock.errors import FeedError, RetriableFeedError

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
Reply = httpx.Response | Exception


class Vendor:
    """Gives its replies in turn, the last one for ever, and keeps what it was asked."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.asked: list[httpx.Request] = []
        self.waits: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        return reply

    def client(self, judge: Judge | None = None) -> HttpClient:
        more = {"judge": judge} if judge else {}
        return HttpClient(
            "https://api.example/v3",
            headers={"Authorization": "Bearer s3cret"},
            transport=httpx.MockTransport(self),
            sleep=self.waits.append,
            wall=lambda: NOON,
            **more,  # type: ignore[arg-type] # a judge or none
        )


def good() -> httpx.Response:
    return httpx.Response(200, json={"results": [1]})


@pytest.mark.parametrize(
    "trouble",
    [
        lambda: httpx.Response(429),
        lambda: httpx.Response(503),
        lambda: httpx.ReadTimeout("slow"),
        lambda: httpx.ConnectError("down"),
        lambda: httpx.RemoteProtocolError("cut"),
    ],
)
def test_trouble_that_passes_is_tried_again(trouble: Callable[[], Reply]) -> None:
    vendor = Vendor(trouble(), trouble(), good())
    with vendor.client() as client:
        assert client.json("GET", "/contacts") == {"results": [1]}
    assert vendor.waits == [1, 2]


def test_trouble_that_stays_is_retriable_after_five_attempts() -> None:
    vendor = Vendor(httpx.Response(500))
    with (
        vendor.client() as client,
        pytest.raises(RetriableFeedError, match=r"GET https://api\.example/v3/contacts answered 500"),
    ):
        client.json("GET", "/contacts")
    assert (len(vendor.asked), vendor.waits) == (5, [1, 2, 4, 8])


@pytest.mark.parametrize(
    ("headers", "waits"),
    [
        ({"Retry-After": "7"}, [7]),
        ({"Retry-After": "Mon, 02 Mar 2026 12:00:30 GMT"}, [30]),
        ({"Retry-After": "Mon, 02 Mar 2026 12:05:30 GMT", "Date": "Mon, 02 Mar 2026 12:05:00 GMT"}, [30]),
        ({"Retry-After": "Mon, 02 Mar 2026 11:00:00 GMT"}, [0]),
        ({"Retry-After": "in a while"}, [1]),
    ],
)
def test_retry_after_is_kept_as_seconds_and_as_a_date(headers: dict[str, str], waits: list[float]) -> None:
    vendor = Vendor(httpx.Response(429, headers=headers), good())
    with vendor.client() as client:
        client.json("GET", "/contacts")
    assert vendor.waits == waits


def test_long_wait_is_left_to_the_next_run() -> None:
    vendor = Vendor(httpx.Response(429, headers={"Retry-After": "3600"}), good())
    with vendor.client() as client, pytest.raises(RetriableFeedError, match="asks to wait 3600 s"):
        client.json("GET", "/contacts")
    assert (len(vendor.asked), vendor.waits) == (1, [])


@pytest.mark.parametrize(
    ("status", "says"), [(401, "credentials are refused"), (403, "credentials"), (404, "answered 404")]
)
def test_what_only_a_person_can_mend_is_not_tried_again(status: int, says: str) -> None:
    vendor = Vendor(httpx.Response(status), good())
    with vendor.client() as client, pytest.raises(FeedError, match=says) as caught:
        client.json("GET", "/contacts")
    assert not isinstance(caught.value, RetriableFeedError)
    assert len(vendor.asked) == 1


def test_post_is_sent_once_unless_it_may_be_repeated() -> None:
    vendor = Vendor(httpx.Response(503), good())
    with vendor.client() as client, pytest.raises(RetriableFeedError):
        client.json("POST", "/tasks", json={})
    assert len(vendor.asked) == 1
    vendor = Vendor(httpx.Response(503), good())
    with vendor.client() as client:
        client.json("POST", "/contacts/search", json={}, repeatable=True)
    assert len(vendor.asked) == 2


def test_a_vendors_own_signs_of_failure_are_judged() -> None:
    def limit(response: httpx.Response) -> Exception | None:
        return FeedError("daily limit reached") if "REQUEST_LIMIT" in response.text else None

    vendor = Vendor(httpx.Response(200, json=[{"errorCode": "REQUEST_LIMIT"}]))
    with vendor.client(limit) as client, pytest.raises(FeedError, match="daily limit reached"):
        client.json("GET", "/query")


def test_a_vendor_that_is_busy_in_its_own_words_is_tried_again() -> None:
    def busy(response: httpx.Response) -> Exception | None:
        return TryAgainError("concurrent limit", 3) if "CONCURRENT" in response.text else None

    vendor = Vendor(httpx.Response(403, text="CONCURRENT_LIMIT"), good())
    with vendor.client(busy) as client:
        client.json("GET", "/query")
    assert vendor.waits == [3]


def test_answer_that_is_no_json_is_an_error_of_the_feed() -> None:
    with Vendor(httpx.Response(200, text="<html>")).client() as client, pytest.raises(FeedError, match="not JSON"):
        client.json("GET", "/contacts")


def test_log_has_one_line_a_request_and_nothing_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="connectors")
    with Vendor(httpx.Response(429), good()).client() as client:
        client.json("GET", "/contacts/jana@x.example", params={"hapikey": "s3cret", "limit": 100})
    place = "GET https://api.example/v3/contacts/…?hapikey=…&limit=100"
    assert [record.getMessage() for record in caplog.records if record.name.startswith("connectors")] == [
        f"{place}: 429", f"{place}: 200"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:pass@api.example:8443/x", "https://api.example:8443/x"),
        ("https://api.example/p/jana%40x.example/notes", "https://api.example/p/…/notes"),
        ("https://api.example/x?after=&q=jana&page=3", "https://api.example/x?after=…&q=…&page=3"),
    ],
)
def test_addresses_are_shown_without_people_and_credentials(url: str, shown: str) -> None:
    assert redacted(url) == shown
