"""Addresses of requests as a log may show them: no credentials, no people. Used by the HTTP client."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

# Where paging stands is worth a line in the log and says nothing about anybody; everything else may.
_SHOWN = frozenset({"limit", "page", "page_size", "per_page", "offset", "archived"})


def redacted(url: str) -> str:
    """Return scheme, host and path, names with an ``@`` masked, and of the query the names and the paging only."""
    parts = urlsplit(url)
    path = "/".join("…" if "@" in step or "%40" in step else step for step in parts.path.split("/"))
    query = "&".join(f"{name}={value if name in _SHOWN else '…'}" for name, value in parse_qsl(parts.query, True))  # noqa: FBT003 - keep blank values
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{path}" + (f"?{query}" if query else "")
