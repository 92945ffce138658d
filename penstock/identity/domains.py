"""Domains: which part of one was registered, and whether it says anything about a company. Used by matching."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib import resources

from tldextract import TLDExtract

# Most domains of addresses: nothing stands before what was registered, and the list takes 70 µs to say so. Nobody has
# an address at a public suffix itself.
_TWO_LABELS = re.compile(r"[a-z0-9-]+\.[a-z]+")
# Distinct domains of a run; a hundred thousand take some 20 MB, and each costs 20 µs to read again.
KEPT = 100_000


@cache
def _suffixes() -> TLDExtract:
    """Return the public suffix list that came with the package; it is never fetched and never written."""
    return TLDExtract(suffix_list_urls=(), cache_dir=None)


@cache
def freemail() -> frozenset[str]:
    """Return the providers whose addresses name no company."""
    lines = (resources.files("penstock.identity") / "freemail.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


@lru_cache(maxsize=KEPT)
def registered(text: str) -> str:
    """Return the registered domain of a host, address or URL (``www.brunner.co.uk/x`` → ``brunner.co.uk``), or ''.

    Below a suffix that the list does not know, it is the last two labels.
    """
    if _TWO_LABELS.fullmatch(text):
        return text
    found = _suffixes()(text.strip().casefold())
    if found.domain and found.suffix:
        return f"{found.domain}.{found.suffix}"
    labels = [label for label in (*found.subdomain.split("."), found.domain, found.suffix) if label]
    return ".".join(labels[-2:]) if len(labels) > 1 else ""


@lru_cache(maxsize=KEPT)
def of_company(domain: str) -> str:
    """Return the registered domain where it can be a company's own, '' for free mail and for what is no domain."""
    found = registered(domain)
    return "" if found in freemail() or domain in freemail() else found
