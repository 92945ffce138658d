"""The workspace's secret keys: they sign the links in mails and hash the addresses of suppressions.

Kept in ``data/secret.key``, one a line, newest last: the newest signs, all verify, so that old links go on working.
The oldest hashes addresses, because a hash must stay the same for ever.
"""

from __future__ import annotations

import hmac
import os
import secrets
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from penstock.errors import FileError, Problem

# 32 random bytes make 43 letters; less than 32 letters were not made by us and can be guessed.
SHORTEST = 32


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys, newest first; there is always one."""

    keys: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse an empty ring."""
        if not self.keys:
            raise ValueError("a keyring holds at least one key")

    def __repr__(self) -> str:
        """Return how many keys there are, never the keys."""
        return f"Keyring({len(self.keys)} keys)"

    def address_hash(self, email: str) -> str:
        """Return the keyed hash of a normalised address, by the oldest key."""
        return hmac.new(self.keys[-1].encode(), email.strip().lower().encode(), sha256).hexdigest()


def read_keyring(path: Path, environment: str | None = None) -> Keyring:
    """Return the keys of the environment (PENSTOCK_SECRET_KEY, lines as in the file), else those of the file.

    Raises FileError when there is none, or one that is too short. The environment stands in place of the file, so that
    several machines with the same variable agree, whichever of them has a file.
    """
    lines = environment or _read(path)
    keys = tuple(line.strip() for line in lines.splitlines() if line.strip())
    place = "PENSTOCK_SECRET_KEY" if environment else str(path)
    if not keys:
        raise FileError(Problem(place, 0, "there is no secret key", "run `penstock init` on this workspace again"))
    if any(len(key) < SHORTEST for key in keys):
        raise FileError(Problem(place, 0, f"a secret key has less than {SHORTEST} letters", "make one with `init`"))
    return Keyring(tuple(reversed(keys)))


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def make_key(path: Path) -> bool:
    """Write a first key that only its owner may read; return False where there is a file already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(made, "w", encoding="utf-8") as file:
        file.write(f"{secrets.token_urlsafe(32)}\n")
    return True
