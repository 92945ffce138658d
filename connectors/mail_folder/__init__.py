"""Mail into a folder as .eml files: the default transport, the only one of demo and tests. Found by the registry."""

from __future__ import annotations

import os
import re
import tempfile
from hashlib import sha256
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from connectors._kit.mime import mime_bytes
from penstock.errors import UnreachableMailError
from penstock.records import OutgoingMail

MAKES = "mailer"
KIND = "folder"


class Options(BaseModel):
    """Where the files go: a folder, relative to the workspace."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str = "data/mail"


class FolderMailer:
    """Writes each message once, whole, under a name made from its Message-ID."""

    repeatable = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, mail: OutgoingMail) -> str:
        """Write the message and return its file name; the same message again replaces the file with itself.

        Raises UnreachableMailError where nothing can be written.
        """
        content = mime_bytes(mail)
        name = file_name(mail.message_id)
        try:
            part, path = self._part()
            with os.fdopen(part, "wb") as file:
                file.write(content)
            # A reader, or a second worker on the same message, sees the whole file or none.
            os.replace(path, self.folder / name)  # noqa: PTH105 - the path is a text here, once a mail
        except OSError as error:
            raise UnreachableMailError(self._unwritable(error)) from error
        return name

    def check(self) -> str:
        """Write a file and take it away again, where there is a folder yet; raises UnreachableMailError."""
        near = next(place for place in (self.folder, *self.folder.parents) if place.exists())
        try:
            with tempfile.TemporaryFile(dir=near):
                return f"into the folder {self.folder}; nothing leaves the house"
        except OSError as error:
            raise UnreachableMailError(self._unwritable(error)) from error

    def _unwritable(self, error: OSError) -> str:
        what = f"the mail folder {self.folder} takes no file ({error.strerror})"
        return f"{what}; make room and leave to write there, or name another folder in [mail]"

    def _part(self) -> tuple[int, str]:
        if not self.folder.is_dir():
            self.folder.mkdir(parents=True, exist_ok=True)
        return tempfile.mkstemp(dir=self.folder, prefix=".", suffix=".part")


def file_name(message_id: str) -> str:
    """Return the file name of a Message-ID: readable where it can be, always unique to it."""
    bare = message_id.strip().removeprefix("<").removesuffix(">")
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9@._+=-]{0,180}", bare):
        return f"{bare}.eml"
    return f"{re.sub('[^A-Za-z0-9]+', '-', bare)[:80]}-{sha256(bare.encode()).hexdigest()[:16]}.eml"


def build(name: str, options: Options, *, workspace: Path, **_: object) -> FolderMailer:  # noqa: ARG001 - the registry's face
    """Return the transport that writes below the workspace."""
    return FolderMailer(workspace / options.path)
