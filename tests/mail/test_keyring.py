"""The secret keys of a workspace: made once, kept close, and old ones go on working."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from penstock.errors import FileError
from penstock.mail.keyring import Keyring, make_key, read_keyring

OLD, NEW = "old" * 12, "new" * 12


def test_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    place = tmp_path / "data" / "secret.key"
    assert make_key(place)
    first = read_keyring(place)
    assert not make_key(place)
    assert read_keyring(place) == first
    assert stat.S_IMODE(place.stat().st_mode) == 0o600


def test_newest_line_comes_first(tmp_path: Path) -> None:
    place = tmp_path / "secret.key"
    place.write_text(f"{OLD}\n\n  {NEW}  \n")
    assert read_keyring(place).keys == (NEW, OLD)


def test_addresses_are_hashed_by_the_oldest_key_for_ever() -> None:
    before, after = Keyring((OLD,)), Keyring((NEW, OLD))
    assert before.address_hash("jana@example.com") == after.address_hash(" Jana@Example.com")
    assert Keyring((NEW,)).address_hash("jana@example.com") != before.address_hash("jana@example.com")
    assert "jana" not in before.address_hash("jana@example.com")


def test_environment_stands_in_place_of_the_file(tmp_path: Path) -> None:
    place = tmp_path / "secret.key"
    place.write_text(OLD)
    assert read_keyring(place, f"{OLD}\n{NEW}").keys == (NEW, OLD)
    assert read_keyring(place, NEW).keys == (NEW,)
    assert read_keyring(place, "").keys == (OLD,)


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_missing_key_is_said_with_its_place(tmp_path: Path, text: str) -> None:
    place = tmp_path / "secret.key"
    if text:
        place.write_text(text)
    with pytest.raises(FileError, match=r"secret\.key: there is no secret key; run `penstock init`"):
        read_keyring(place)


def test_key_that_can_be_guessed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="PENSTOCK_SECRET_KEY: a secret key has less than 32 letters"):
        read_keyring(tmp_path / "none", "hunter2")


def test_keys_do_not_show_in_messages() -> None:
    assert OLD not in repr(Keyring((OLD,)))
