"""E-mail addresses: one spelling for each mailbox, by our own rule; used by landings and by whoever looks a lead up.

The rule: NFKC, trimmed, no case, an international domain as punycode; plus-tags and dots stay, for some providers tell
them apart. A domain is checked once, by email-validator unless it is plain; the local part here, each time.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from penstock.identity.domains import KEPT

# Dot-atoms of RFC 5322 in any script, at most 64 letters (RFC 5321); quoted local parts reach nobody today.
_LOCAL = re.compile(r"(?=.{1,64}$)[^\s@.\x00-\x20\"(),:;<>\[\]\\]+(?:\.[^\s@.\x00-\x20\"(),:;<>\[\]\\]+)*")

# What nearly every domain looks like; the validator takes 80 µs to say so, and a page has a thousand of them.
_PLAIN = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")


def normalise(text: str) -> str:
    """Return the one spelling of an address, or '' where it is none."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    local, at, domain = plain.strip().casefold().rpartition("@")
    checked = _domain(domain) if at else ""
    return f"{local}@{checked}" if checked and _LOCAL.fullmatch(local) else ""


@lru_cache(maxsize=KEPT)
def _domain(domain: str) -> str:
    """Return a mail domain as punycode, '' where mail cannot go; by syntax, without asking the network."""
    if _PLAIN.fullmatch(domain) and "--" not in domain and domain.rpartition(".")[2] not in SPECIAL_USE_DOMAIN_NAMES:
        return domain
    try:
        # The local part is a stand-in. ``test_environment`` lets the reserved .test through, as .example is.
        found = validate_email(f"x@{domain}", check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return ""
    return found.ascii_domain
