"""Making a workspace: it runs as it is, twice makes no other one, and nothing of anybody's is overwritten."""

from __future__ import annotations

import shutil
import stat
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from penstock.errors import FileError, UsageError
from penstock.operations import init
from penstock.operations.init import init_workspace, starters
from penstock.playbook.check import check_playbook
from penstock.playbook.load import load_playbook, read_playbook
from penstock.playbook.model import version
from penstock.store.engine import open_store
from penstock.store.migrate import head, revision
from penstock.store.playbooks import read_live

GOOD = Path(__file__).parent.parent / "playbook" / "cases" / "good"


@pytest.fixture(autouse=True)
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A starter of its own, called tiny."""
    place = tmp_path / "starters" / "tiny"
    shutil.copytree(GOOD, place / "playbook")
    (place / "penstock.toml").write_text('[feeds.crm]\nkind = "csv"\n')
    monkeypatch.setattr(init, "_starters", lambda: tmp_path / "starters")
    return place


def written(folder: Path) -> dict[str, bytes]:
    found = [path for path in folder.rglob("*") if path.is_file() and path.parent.name != "data"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def test_workspace_is_a_live_copy_of_its_starter(
    tiny: Path, tmp_path: Path, blank_url: str, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    monkeypatch.setenv("PENSTOCK_DATABASE_URL", blank_url)
    result = init_workspace(tmp_path / "here", starter="tiny", now=now)
    assert written(tmp_path / "here") == written(tiny)
    assert result.copied == len(written(tiny))
    assert revision(blank_url) == head()
    sessions = open_store(blank_url)
    with sessions.read() as tx:
        live = read_live(tx)
    sessions.close()
    assert live.live_from == now
    assert version(live.deciding) == version(load_playbook(tiny / "playbook").deciding) == result.adopted.definition


def test_store_and_key_stay_with_their_owner(tmp_path: Path, now: datetime) -> None:
    init_workspace(tmp_path / "here", starter="tiny", now=now)
    assert (tmp_path / "here" / "data" / "penstock.db").is_file()
    assert stat.S_IMODE((tmp_path / "here" / "data" / "secret.key").stat().st_mode) == 0o600
    assert (tmp_path / "here" / "data" / ".gitignore").read_text() == "*\n"


def test_second_call_changes_nothing(tmp_path: Path, now: datetime) -> None:
    here = tmp_path / "here"
    init_workspace(here, starter="tiny", now=now)
    (here / "playbook" / "mails" / "hello.md").write_text("Subject: Ours\n\nours\n")
    key, before = (here / "data" / "secret.key").read_bytes(), written(here)
    again = init_workspace(here, starter="tiny", now=now + timedelta(days=1))
    assert (again.copied, again.made_key) == (0, False)
    assert (written(here), (here / "data" / "secret.key").read_bytes()) == (before, key)
    sessions = open_store(f"sqlite:///{here}/data/penstock.db")
    with sessions.read() as tx:
        assert read_live(tx).live_from == now
    sessions.close()


def test_call_that_was_cut_short_is_taken_up(tiny: Path, tmp_path: Path, now: datetime) -> None:
    here = tmp_path / "here"
    shutil.copytree(tiny / "playbook", here / "playbook")
    (here / "playbook" / "operations.yaml").write_bytes((tiny / "playbook" / "operations.yaml").read_bytes()[:200])
    init_workspace(here, starter="tiny", now=now)
    assert written(here) == written(tiny)


def test_folder_with_other_files_is_refused(tmp_path: Path, now: datetime) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match=r"is not empty \(thesis\.txt is there\); name an empty folder") as caught:
        init_workspace(tmp_path / "here", starter="tiny", now=now)
    assert caught.value.exit_code == 2
    assert list((tmp_path / "here").iterdir()) == [tmp_path / "here" / "thesis.txt"]


def test_file_in_place_of_the_folder_is_refused(tmp_path: Path, now: datetime) -> None:
    (tmp_path / "here").write_text("")
    with pytest.raises(UsageError, match="is a file"):
        init_workspace(tmp_path / "here", starter="tiny", now=now)


def test_unknown_starter_is_said(tmp_path: Path, now: datetime) -> None:
    with pytest.raises(UsageError, match='there is no starter "tidy"; did you mean "tiny"'):
        init_workspace(tmp_path / "here", starter="tidy", now=now)


def test_unknown_starter_is_said_also_where_a_workspace_is_there(tmp_path: Path, now: datetime) -> None:
    init_workspace(tmp_path / "here", starter="tiny", now=now)
    with pytest.raises(UsageError, match='there is no starter "tidy"'):
        init_workspace(tmp_path / "here", starter="tidy", now=now)


def test_wrong_playbook_is_not_adopted(tiny: Path, tmp_path: Path, now: datetime) -> None:
    (tiny / "playbook" / "definitions" / "pumps.yaml").write_text("definition: pumps\ntires: {}\n")
    with pytest.raises(FileError, match=r"pumps\.yaml:2: tires is unknown here; did you mean tiers\?"):
        init_workspace(tmp_path / "here", starter="tiny", now=now)


REAL = Path(__file__).parent.parent.parent / "templates" / "playbooks"


@pytest.mark.parametrize("starter", starters())
def test_starter_has_neither_mistakes_nor_warnings(starter: str) -> None:
    checked = check_playbook(read_playbook(REAL / starter / "playbook"))
    assert (checked.errors, checked.warnings) == ((), ())
