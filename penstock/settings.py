"""The settings of a workspace: ``penstock.toml``, and the environment before it; for tasks, the CLI and the web app.

Secrets come from the environment only: ``PENSTOCK_MAIL_PASSWORD``, or ``PENSTOCK_MAIL_PASSWORD_FILE`` naming a file, or
``PENSTOCK_MAIL_PASSWORD_BLOCK`` naming a Secret block of the Prefect server.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    model_validator,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from penstock.errors import FileError, Problem
from penstock.mail.keyring import Keyring, read_keyring
from penstock.playbook.load_errors import problems_of
from penstock.playbook.load_places import Places
from penstock.playbook.values import is_missing_date
from penstock.ports import Blocks
from penstock.settings_sources import FILE, Given, add_environment, find_workspace, read_file

DEFAULT_STORE = "sqlite:///data/penstock.db"
# What people paste from a hoster, and the driver that we bring.
_DRIVERS = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}
# What stands as feed in rows that people wrote.
BY_HAND = "person"


class Group(BaseModel):
    """Base of every group of settings: frozen, unknown ones refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _database(text: Any) -> Any:  # noqa: ANN401 - what TOML gave
    try:
        url = make_url(str(text))
    except ArgumentError as error:
        msg = f"this is no address of a database: write {DEFAULT_STORE} or postgresql://user@host/name"
        raise ValueError(msg) from error
    url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
    if url.drivername not in ("sqlite", "postgresql+psycopg"):
        msg = f'"{url.drivername}" is no database of ours: write sqlite:///… or postgresql://…'
        raise ValueError(msg)
    return _shown(url)


class Database(Group):
    """The store."""

    url: Annotated[str, BeforeValidator(_database), Field(repr=False)] = DEFAULT_STORE
    """``sqlite:///…`` (relative to the workspace) or ``postgresql://…``."""


class Mail(Group):
    """How mail leaves: into a folder until a server is named."""

    transport: Literal["folder", "smtp"] = "folder"
    folder: str = "data/mail"
    host: str = ""
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    user: str = ""
    password: SecretStr = SecretStr("")
    security: Literal["starttls", "tls", "none"] = "starttls"

    @property
    def options(self) -> dict[str, Any]:
        """Return the options of the transport, as its connector takes them."""
        if self.transport == "folder":
            return {"path": self.folder}
        return {
            "host": self.host,
            "port": self.port,
            "security": self.security,
            "username": self.user,
            "password": self.password,
        }


class Prefect(Group):
    """The Prefect server: one of our own on ``port``, unless an address is named."""

    api_url: str = ""
    port: Annotated[int, Field(ge=1, le=65535)] = 4200


def _moment(value: Any) -> Any:  # noqa: ANN401 - what TOML gave
    """Read a date as its first moment in UTC; a time must name its zone."""
    shown = str(value)
    try:
        if len(shown) == len("2026-03-01"):
            return datetime.combine(date.fromisoformat(shown), time(), UTC)
        read = datetime.fromisoformat(shown)
    except ValueError as error:
        what = f'there is no such time as "{shown}"' if is_missing_date(shown) else f'"{shown}" is no time'
        msg = f"{what}: write 2026-03-01 or 2026-03-01T09:00:00Z"
        raise ValueError(msg) from error
    if read.tzinfo is None:
        msg = f'"{shown}" names no zone: write 2026-03-01 or 2026-03-01T09:00:00Z'
        raise ValueError(msg)
    return read.astimezone(UTC)


class FeedSettings(BaseModel):
    """A configured feed: which connector, from when on it is live, and the connector's own options."""

    model_config = ConfigDict(frozen=True, extra="allow")

    kind: str
    live_from: Annotated[datetime | None, BeforeValidator(_moment)] = None

    @property
    def options(self) -> dict[str, Any]:
        """Return the options of the connector."""
        return dict(self.model_extra or {})


FeedName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=60)]


class Settings(Group):
    """All settings of one workspace, checked."""

    workspace: Path
    clock: Literal["real", "simulated"] = "real"
    web_address: str = ""
    """Under which leads reach the unsubscribe page, for example https://mail.example.com."""
    secret_key: SecretStr = SecretStr("")
    """From the environment, in place of ``data/secret.key``."""
    database: Database = Database()
    mail: Mail = Mail()
    prefect: Prefect = Prefect()
    feeds: dict[FeedName, FeedSettings] = {}
    _places: Places = PrivateAttr(default_factory=lambda: Places(FILE))

    @model_validator(mode="before")
    @classmethod
    def _simulated_mail_stays(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Whatever else is set: nothing leaves a workspace whose clock is not the real one."""
        mail = given.get("mail")
        if given.get("clock") == "simulated" and isinstance(mail, dict):
            return {**given, "mail": {**mail, "transport": "folder"}}
        return given

    def placed(self, places: Places) -> Settings:
        """Return itself, knowing where each setting stands."""
        self._places = places
        return self

    def place(self, *path: str | int) -> tuple[str, int]:
        """Return the file (or variable) and line of a setting, or of the innermost section around it."""
        return self._places.lines.get(self._places.known(path), (FILE, 0))

    @property
    def playbook(self) -> Path:
        """Return the folder of the playbook."""
        return self.workspace / "playbook"

    @property
    def templates(self) -> Path:
        """Return the folder whose templates go before the built-in ones; it need not be there."""
        return self.workspace / "templates"

    @property
    def data(self) -> Path:
        """Return the folder of the store, the keys and the mail folder."""
        return self.workspace / "data"

    @property
    def is_simulated(self) -> bool:
        """Whether the clock is not the real one, so that runs may say what time it is."""
        return self.clock == "simulated"

    @property
    def database_url(self) -> str:
        """Return the address of the store; a SQLite file is named from the workspace on."""
        url = make_url(self.database.url)
        if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
            url = url.set(database=str(self.workspace / str(url.database)))
        return _shown(url)

    def keyring(self) -> Keyring:
        """Return the secret keys; raises FileError when there is none."""
        return read_keyring(self.data / "secret.key", self.secret_key.get_secret_value() or None)


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _unread(_workspace: Path, _api_url: str, _name: str) -> None:
    """Leave Secret blocks for whoever runs beside their server."""


def load_settings(workspace: Path | None = None, *, blocks: Blocks = _unread) -> Settings:
    """Return the settings of a workspace (None: the one around); raises FileError with every problem.

    ``blocks`` reads the Secret blocks that variables name. Raises NotFoundError or UsageError where there is no
    workspace.
    """
    folder = find_workspace(workspace)
    given = read_file(folder / FILE)
    add_environment(given, Settings, partial(blocks, folder))
    if "workspace" in given.values:
        given.problems.append(given.places.problem(("workspace",), "a workspace is where its file is", "take it out"))
    settings = None
    try:
        settings = Settings.model_validate({**given.values, "workspace": folder}).placed(given.places)
    except ValidationError as error:
        given.problems += problems_of(error, Settings, (), given.places)
    else:
        given.problems += _together(settings, given)
    if given.problems or settings is None:
        raise FileError(*given.problems)
    return settings


def _together(settings: Settings, given: Given) -> Iterator[Problem]:
    """Yield what is wrong only beside something else."""
    say = given.places.problem
    if settings.mail.transport == "smtp" and not settings.mail.host:
        yield say(("mail", "transport"), "mail goes by smtp, but no host is named", 'write host = "…" in [mail]')
    if settings.mail.transport == "smtp" and not settings.web_address:
        what = "without a web address nobody who gets a mail could unsubscribe"
        yield say(("mail", "transport"), what, 'write web_address = "https://…" at the top, or transport = "folder"')
    if settings.web_address and not settings.web_address.startswith(("https://", "http://")):
        yield say(("web_address",), f'"{settings.web_address}" is no web address', "begin it with https://")
    if BY_HAND in settings.feeds:
        yield say(("feeds", BY_HAND), f"{BY_HAND} stands for what people write by hand", "call the feed otherwise")
