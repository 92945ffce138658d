"""The web app: the page behind the unsubscribe link, and a health check. Served by `up`; tests need no server.

Mail scanners follow every link: GET and HEAD change nothing. The button on the page, and a mail client's one click
(RFC 8058), send POST, which acts without login, cookie or redirect, and may be repeated.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse
from sqlalchemy import text

from penstock.errors import NotFoundError
from penstock.mail.keyring import Keyring
from penstock.mail.links import Leaving, read_token
from penstock.operations.unsubscribe import read_company, run_unsubscribe
from penstock.store.engine import Sessions
from penstock.web.pages import Pages

HEADERS = {
    # Nothing from elsewhere, no script at all, a form that only comes back here.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    # The address holds the token.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}


def make_app(
    sessions: Sessions, *, keyring: Keyring, clock: Callable[[], datetime], overrides: Path | None = None
) -> FastAPI:
    """Return the app over a store; ``clock`` gives the ``now`` of each act, ``overrides`` is its templates folder."""
    app = FastAPI(title="penstock", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.pages = Pages(overrides)
    app.middleware("http")(_with_headers)
    _add_common(app, sessions)
    _add_unsubscribe(app, sessions, keyring, clock)
    return app


async def _with_headers(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await go_on(request)
    response.headers.update(HEADERS)
    return response


def _add_common(app: FastAPI, sessions: Sessions) -> None:
    pages: Pages = app.state.pages

    @app.api_route("/health", methods=["GET", "HEAD"])
    def health() -> Response:
        with sessions.read() as tx:
            tx.execute(text("SELECT 1"))
        return PlainTextResponse("ok")

    @app.api_route("/page.css", methods=["GET", "HEAD"])
    def style() -> Response:
        return Response(pages.style(), media_type="text/css")


def _add_unsubscribe(app: FastAPI, sessions: Sessions, keyring: Keyring, clock: Callable[[], datetime]) -> None:
    pages: Pages = app.state.pages

    @app.exception_handler(NotFoundError)
    def refuse(_: Request, __: Exception) -> Response:
        return HTMLResponse(pages.show("refused"), status_code=404)

    @app.api_route("/u/{token}", methods=["GET", "HEAD"])
    def ask(token: str) -> Response:
        read_token(keyring, token)
        return HTMLResponse(pages.show("unsubscribe", company=read_company(sessions)))

    @app.post("/u/{token}")
    def act(token: str) -> Response:
        # Whatever the body says (a button's empty form, List-Unsubscribe=One-Click): the token says it all.
        leaving: Leaving = read_token(keyring, token)
        run_unsubscribe(sessions, now=clock(), lead_id=leaving.lead_id, purpose=leaving.purpose, keyring=keyring)
        return HTMLResponse(pages.show("unsubscribed", company=read_company(sessions)))
