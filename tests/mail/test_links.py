"""The link by which a lead leaves: cannot be forged, holds no address, outlives its key."""

from __future__ import annotations

import base64

import pytest

from penstock.errors import NotFoundError
from penstock.mail.keyring import Keyring
from penstock.mail.links import Leaving, Links, read_token

OLD, NEW = "o" * 40, "n" * 40


def token(keyring: Keyring) -> str:
    return Links(keyring, "https://x.example").unsubscribe(12, "marketing").rpartition("/")[2]


def test_token_names_lead_and_purpose_and_no_address() -> None:
    made = token(Keyring((NEW,)))
    assert read_token(Keyring((NEW,)), made) == Leaving(12, "marketing")
    assert base64.urlsafe_b64decode(made.partition(".")[0] + "==") == b'[12,"marketing"]'


def test_newest_key_signs_and_all_verify() -> None:
    both = Keyring((NEW, OLD))
    assert read_token(both, token(Keyring((OLD,)))) == Leaving(12, "marketing")
    assert read_token(Keyring((NEW,)), token(both)) == Leaving(12, "marketing")
    with pytest.raises(NotFoundError):
        read_token(Keyring((OLD,)), token(both))


def test_token_has_no_time_in_it() -> None:
    """So it works for as long as the key is kept, which is more than 60 days."""
    assert token(Keyring((NEW,))) == token(Keyring((NEW,)))


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1], lambda t: "x" + t, lambda t: t.replace(".", ".x"), lambda _: "", lambda _: "a.b"]
)
def test_forged_token_is_refused(change: object) -> None:
    assert callable(change)
    with pytest.raises(NotFoundError, match="not one of ours"):
        read_token(Keyring((NEW,)), change(token(Keyring((NEW,)))))


def test_token_for_another_purpose_of_ours_is_refused() -> None:
    from itsdangerous import URLSafeSerializer

    other = URLSafeSerializer(NEW, salt="penstock.sign-in").dumps([12, "marketing"])
    with pytest.raises(NotFoundError):
        read_token(Keyring((NEW,)), str(other))
