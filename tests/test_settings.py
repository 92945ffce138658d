"""The settings of a workspace: where they come from, and every mistake said with its place and remedy."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from penstock.errors import FileError, NotFoundError, UsageError
from penstock.settings import load_settings

GOOD = """\
web_address = "https://mail.pumps.example"

[mail]
transport = "smtp"
host = "smtp.pumps.example"

[feeds.web-form]
kind = "csv"
mapping = "mappings/web-form.yaml"
live_from = 2026-03-01
"""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "penstock.toml").write_text(GOOD)
    monkeypatch.delenv("PENSTOCK_WORKSPACE", raising=False)
    monkeypatch.chdir("/")
    return tmp_path


def test_empty_file_gives_a_safe_workspace(workspace: Path) -> None:
    (workspace / "penstock.toml").write_text("")
    settings = load_settings(workspace)
    assert settings.database_url == f"sqlite:///{workspace}/data/penstock.db"
    assert (settings.clock, settings.mail.transport, settings.feeds) == ("real", "folder", {})
    assert settings.mail.options == {"path": "data/mail"}
    assert settings.playbook == workspace / "playbook"


def test_feed_has_its_own_options_and_start(workspace: Path) -> None:
    feed = load_settings(workspace).feeds["web-form"]
    assert feed.kind == "csv"
    assert feed.options == {"mapping": "mappings/web-form.yaml"}
    assert feed.live_from == datetime(2026, 3, 1, tzinfo=UTC)


def test_environment_goes_before_the_file(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENSTOCK_MAIL_PORT", "2525")
    monkeypatch.setenv("PENSTOCK_MAIL_PASSWORD", "made-up")
    monkeypatch.setenv("PENSTOCK_DATABASE_URL", "postgres://penstock:made-up@db/penstock")
    monkeypatch.setenv("PENSTOCK_FEEDS_WEB_FORM_TOKEN", "made-up-too")
    settings = load_settings(workspace)
    assert settings.mail.options["port"] == 2525
    assert settings.mail.password.get_secret_value() == "made-up"
    assert settings.database_url == "postgresql+psycopg://penstock:made-up@db/penstock"
    assert settings.feeds["web-form"].options["token"] == "made-up-too"


def test_secret_may_come_from_a_file(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (workspace / "password").write_text("made-up\n")
    monkeypatch.setenv("PENSTOCK_MAIL_PASSWORD_FILE", str(workspace / "password"))
    monkeypatch.setenv("PENSTOCK_FEEDS_WEB_FORM_TOKEN_FILE", str(workspace / "password"))
    settings = load_settings(workspace)
    assert settings.mail.password.get_secret_value() == "made-up"
    assert settings.feeds["web-form"].options["token"] == "made-up"


def test_secret_may_come_from_a_block_of_the_server_that_is_named(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = {"mail-password": "made-up", "web-token": "made-up-too", "store": "sqlite:///other.db"}
    asked = []

    def read(folder: Path, api_url: str, name: str) -> str:
        asked.append((folder, api_url, name))
        return kept[name]

    monkeypatch.setenv("PENSTOCK_PREFECT_API_URL", "http://prefect.example/api")
    monkeypatch.setenv("PENSTOCK_MAIL_PASSWORD_BLOCK", "mail-password")
    monkeypatch.setenv("PENSTOCK_FEEDS_WEB_FORM_TOKEN_BLOCK", "web-token")
    monkeypatch.setenv("PENSTOCK_DATABASE_URL_BLOCK", "store")
    settings = load_settings(workspace, blocks=read)
    assert settings.mail.password.get_secret_value() == "made-up"
    assert settings.feeds["web-form"].options["token"] == "made-up-too"
    assert settings.database.url == "sqlite:///other.db"
    assert {(folder, api) for folder, api, _ in asked} == {(workspace, "http://prefect.example/api")}


def test_variable_goes_before_its_block(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENSTOCK_MAIL_PASSWORD", "nearer")
    monkeypatch.setenv("PENSTOCK_MAIL_PASSWORD_BLOCK", "mail-password")
    settings = load_settings(workspace, blocks=lambda *_: pytest.fail("nobody asked for the block"))
    assert settings.mail.password.get_secret_value() == "nearer"


def test_block_that_cannot_be_read_is_told_with_its_variable(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(_folder: Path, _api_url: str, _name: str) -> str:
        raise UsageError("no Prefect server runs")

    monkeypatch.setenv("PENSTOCK_MAIL_PASSWORD_BLOCK", "mail-password")
    with pytest.raises(FileError) as caught:
        load_settings(workspace, blocks=read)
    assert str(caught.value) == (
        'PENSTOCK_MAIL_PASSWORD_BLOCK: the Secret block "mail-password" cannot be read: no Prefect server runs; '
        "or set PENSTOCK_MAIL_PASSWORD or PENSTOCK_MAIL_PASSWORD_FILE in its place"
    )


def test_block_of_a_server_to_come_is_left_unless_it_is_needed_first(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENSTOCK_MAIL_PASSWORD_BLOCK", "mail-password")
    assert load_settings(workspace).mail.password.get_secret_value() == ""
    monkeypatch.setenv("PENSTOCK_DATABASE_URL_BLOCK", "store")
    with pytest.raises(FileError, match=r"PENSTOCK_DATABASE_URL_BLOCK: this is needed before .*; name a server under"):
        load_settings(workspace)


def test_secrets_do_not_show(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENSTOCK_MAIL_PASSWORD", "hidden-one")
    monkeypatch.setenv("PENSTOCK_SECRET_KEY", "hidden-two" * 5)
    monkeypatch.setenv("PENSTOCK_DATABASE_URL", "postgresql://u:hidden-three@db/penstock")
    settings = load_settings(workspace)
    assert "hidden" not in repr(settings)
    assert settings.keyring().keys == ("hidden-two" * 5,)


def test_simulated_clock_keeps_mail_in_the_folder(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (workspace / "penstock.toml").write_text(f'clock = "simulated"\n{GOOD}')
    monkeypatch.setenv("PENSTOCK_MAIL_TRANSPORT", "smtp")
    settings = load_settings(workspace)
    assert settings.is_simulated
    assert settings.mail.options == {"path": "data/mail"}


def test_workspace_is_found_from_below_and_by_variable(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENSTOCK_WORKSPACE", str(workspace))
    assert load_settings().workspace == workspace
    monkeypatch.delenv("PENSTOCK_WORKSPACE")
    (workspace / "data" / "mail").mkdir(parents=True)
    monkeypatch.chdir(workspace / "data" / "mail")
    assert load_settings().workspace == workspace


def test_missing_workspace_is_said(workspace: Path) -> None:
    with pytest.raises(NotFoundError, match=r"is no workspace: it has no penstock\.toml; make one with"):
        load_settings(workspace / "elsewhere")
    with pytest.raises(UsageError, match=r"no penstock\.toml here or above; name a workspace with -w DIR"):
        load_settings()


MISTAKES = [
    ("clock = simulated", "penstock.toml:1", "this is no TOML", "in quotes"),
    ('clock = "fake"', "penstock.toml:1", 'clock: "fake" is not possible', "write real or simulated"),
    ('clok = "real"', "penstock.toml:1", "clok is unknown here", "did you mean clock?"),
    ('[mail]\nhots = "x"', "penstock.toml:2", "hots is unknown here", "did you mean host?"),
    ('[mail]\nport = "many"', "penstock.toml:2", 'port: "many" is no whole number', "write digits only"),
    ("[mail]\nport = 0", "penstock.toml:2", "port: 0 is too little", "write at least 1"),
    ("[mail]\nport = 70000", "penstock.toml:2", "port: 70000 is too much", "write at most 65535"),
    ('[mail]\nsecurity = "ssl"', "penstock.toml:2", 'security: "ssl" is not possible', "starttls"),
    ('[mail]\ntransport = "smtp"\nhost = "x"', "penstock.toml:2", "without a web address", "write web_address ="),
    ('[mail]\ntransport = "smtp"', "penstock.toml:2", "no host is named", "write host ="),
    ('[mail]\npassword = "hunter2"', "penstock.toml:2", "password is a secret", "set PENSTOCK_MAIL_PASSWORD"),
    ('secret_key = "x"', "penstock.toml:1", "secret_key is a secret", "set PENSTOCK_SECRET_KEY"),
    (
        '[feeds.crm]\napi_token = "x"\nkind = "csv"',
        "penstock.toml:2",
        "api_token is a secret",
        "PENSTOCK_FEEDS_CRM_API_TO",
    ),
    (
        '[database]\nurl = "postgresql://a:b@c/d"',
        "penstock.toml:2",
        "url holds a password",
        "set PENSTOCK_DATABASE_URL",
    ),
    ('[database]\nurl = "mysql://c/d"', "penstock.toml:2", "no database of ours", "write sqlite:///"),
    ('[database]\nurl = "here"', "penstock.toml:2", "no address of a database", "write sqlite:///data/penstock.db"),
    ('[feeds.crm]\nmapping = "x"', "penstock.toml:1", "kind is missing", "add kind"),
    (
        '[feeds.person]\nkind = "csv"',
        "penstock.toml:1",
        "person stands for what people write",
        "call the feed otherwise",
    ),
    ('[feeds."my crm"]\nkind = "csv"', "penstock.toml:1", '"my crm" is no id', "write my-crm"),
    ('[feeds.crm]\nkind = "csv"\nlive_from = "soon"', "penstock.toml:3", '"soon" is no time', "write 2026-03-01"),
    (
        '[feeds.crm]\nkind = "csv"\nlive_from = "2026-02-30"',
        "penstock.toml:3",
        'there is no such time as "2026-02-30"',
        "write 2026-03-01",
    ),
    (
        '[feeds.crm]\nkind = "csv"\nlive_from = 2026-02-30',
        "penstock.toml:3",
        "invalid date or datetime",
        "write a day that exists",
    ),
    (
        '[feeds.crm]\nkind = "csv"\nlive_from = 2026-03-01T09:00:00',
        "penstock.toml:3",
        "names no zone",
        "write 2026-03-01",
    ),
    ('web_address = "mail.pumps.example"', "penstock.toml:1", "is no web address", "begin it with https://"),
    ('mail = "smtp"', "penstock.toml:1", 'mail: "smtp" is no mapping', "write"),
    ('workspace = "/tmp"', "penstock.toml:1", "a workspace is where its file is", "take it out"),
]


@pytest.mark.parametrize(("text", "place", "what", "remedy"), MISTAKES, ids=[text for text, *_ in MISTAKES])
def test_mistake_is_said_with_place_and_remedy(workspace: Path, text: str, place: str, what: str, remedy: str) -> None:
    (workspace / "penstock.toml").write_text(f"{text}\n")
    with pytest.raises(FileError) as caught:
        load_settings(workspace)
    line = next(line for line in str(caught.value).splitlines() if what in line)
    assert line.startswith(f"{place}: ")
    assert remedy in line.split("; ", 1)[1]
    assert caught.value.exit_code == 3


def test_all_mistakes_are_said_at_once(workspace: Path) -> None:
    (workspace / "penstock.toml").write_text('clok = "real"\n[mail]\npassword = "x"\nport = "y"\n')
    with pytest.raises(FileError) as caught:
        load_settings(workspace)
    assert [problem.line for problem in caught.value.problems] == [1, 3, 4]


def test_mistake_in_the_environment_names_the_variable(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENSTOCK_CLOCK", "fake")
    monkeypatch.setenv("PENSTOCK_MAIL_PASSWORD_FILE", "/nowhere/password")
    with pytest.raises(FileError) as caught:
        load_settings(workspace)
    first, second = str(caught.value).splitlines()
    assert first == 'PENSTOCK_CLOCK: clock: "fake" is not possible; write real or simulated'
    assert second.startswith("PENSTOCK_MAIL_PASSWORD_FILE: /nowhere/password cannot be read (No such file")
    assert second.endswith("; name a file that holds the value")
