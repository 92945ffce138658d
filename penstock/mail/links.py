"""The link by which a lead leaves: a signed token that names the lead and the purpose, and holds no address.

Made when a mail is composed, read by the web app. A token never expires: an opt-out must still work when somebody finds
an old mail (the law's least is 60 days in some places), and the worst that a found link can do is to end mails that its
reader may end. It is signed without a time, so that a mail rendered twice is the same mail.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer

from penstock.errors import NotFoundError
from penstock.mail.keyring import Keyring

_SALT = "penstock.unsubscribe"


@dataclass(frozen=True, slots=True)
class Leaving:
    """What a token says: which lead wants no more mail, and for which purpose the mail was."""

    lead_id: int
    purpose: str


class Links:
    """Signs links under a web address with the newest key of the keyring."""

    def __init__(self, keyring: Keyring, web_address: str) -> None:
        """Take the address under which the web app is reached, such as ``https://mail.example.com``."""
        self._signer = _signer(keyring)
        self._base = web_address.rstrip("/")

    def unsubscribe(self, lead_id: int, purpose: str) -> str:
        """Return the address of the unsubscribe page of a lead."""
        return f"{self._base}/u/{sign(self._signer, Leaving(lead_id, purpose))}"


def sign(signer: URLSafeSerializer, leaving: Leaving) -> str:
    """Return the token of a leaving."""
    return str(signer.dumps([leaving.lead_id, leaving.purpose]))


def read_token(keyring: Keyring, token: str) -> Leaving:
    """Return what a token says, whichever key of the keyring signed it; raises NotFoundError for a forged one."""
    try:
        lead_id, purpose = _signer(keyring).loads(token)
    except (BadSignature, ValueError, TypeError) as error:
        raise NotFoundError("this link is not one of ours") from error
    return Leaving(int(lead_id), str(purpose))


def _signer(keyring: Keyring) -> URLSafeSerializer:
    # itsdangerous wants the oldest first and signs with the last.
    options: dict[str, Any] = {"key_derivation": "hmac", "digest_method": sha256}
    return URLSafeSerializer(list(reversed(keyring.keys)), salt=_SALT, signer_kwargs=options)
