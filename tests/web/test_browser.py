"""The unsubscribe page in a real browser: it can be seen, read and used, and nothing is blocked by our own headers."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from playwright.sync_api import Page, sync_playwright

from penstock.mail.links import Links
from penstock.store.tables import Suppression
from penstock.web.app import make_app
from tests.mail.cast import KEYRING, Cast, cast

__all__ = ["cast"]
pytestmark = pytest.mark.browser


@pytest.fixture
def address(cast: Cast) -> Iterator[str]:
    """The web app, served on a free port of this machine."""
    app = make_app(cast.store, keyring=KEYRING, clock=lambda: cast.now)
    server = uvicorn.Server(uvicorn.Config(app, port=0, ws="none", lifespan="off", log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def page(chromium: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser.new_page(viewport={"width": 390, "height": 740})
        browser.close()


def test_reader_leaves_with_one_button_on_a_phone(cast: Cast, address: str, page: Page) -> None:
    lead = cast.lead()
    cast.message(lead)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(Links(KEYRING, address).unsubscribe(lead, "marketing"))
    button = page.get_by_role("button", name="Unsubscribe")
    box = button.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    assert cast.rows(Suppression) == []
    button.press("Enter")
    page.get_by_role("heading", name="You are unsubscribed").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert cast.states() == [("cancelled", "suppressed")]
    assert complaints == []
