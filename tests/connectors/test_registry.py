"""Connectors are found by their folder; a wrong name or option says what to write."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import connectors
from connectors.csv_files import CsvFeed
from connectors.mail_folder import FolderMailer
from connectors.registry import build_feed, build_mailer, feed_kinds, mailer_kinds
from connectors.smtp import SmtpMailer
from penstock.errors import FileError
from tests.connectors.drop import Drop

NEW = """
from pydantic import BaseModel
KIND = "fax"
class Options(BaseModel):
    number: str
def build(name, options, **ports):
    return (name, options.number, sorted(ports))
"""


def test_what_there_is_is_found() -> None:
    assert "csv" in feed_kinds()
    assert set(mailer_kinds()) == {"folder", "smtp"}


def test_new_folder_is_found_without_a_change_to_any_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "telefax").mkdir()
    (tmp_path / "telefax" / "__init__.py").write_text(NEW, encoding="utf-8")
    monkeypatch.setattr(connectors, "__path__", [*connectors.__path__, str(tmp_path)])
    try:
        assert build_feed("fax", "office", {"number": "1"}, workspace=tmp_path) == ("office", "1", ["workspace"])  # type: ignore[comparison-overlap] # stands for a feed
    finally:
        sys.modules.pop("connectors.telefax", None)


def test_transports_are_built_by_name(tmp_path: Path) -> None:
    folder = build_mailer("folder", {"path": "out"}, workspace=tmp_path)
    assert isinstance(folder, FolderMailer)
    assert (folder.folder, folder.repeatable) == (tmp_path / "out", True)
    smtp = build_mailer("smtp", {"host": "mail.example"}, workspace=tmp_path)
    assert isinstance(smtp, SmtpMailer)
    assert not smtp.repeatable


def test_feed_is_built_by_name(drop: Drop) -> None:
    assert isinstance(drop.feed(), CsvFeed)
    assert drop.feed().name == "drop"


@pytest.mark.parametrize(
    ("kind", "says"), [("cvs", 'there is no kind "cvs"; did you mean "csv"?'), ("hubspot", "there are csv, demo")]
)
def test_unknown_kind_is_refused_with_a_suggestion(kind: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r'penstock.toml: feed "leads"') as caught:
        build_feed(kind, "leads", {}, workspace=tmp_path)
    assert says in str(caught.value)


def test_wrong_option_names_the_feed(tmp_path: Path) -> None:
    with pytest.raises(FileError, match='mailer "mail": "hots" is not known here; did you mean "host"'):
        build_mailer("smtp", {"hots": "x", "host": "y"}, workspace=tmp_path)
