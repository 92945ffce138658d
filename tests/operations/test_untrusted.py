"""Names in `trust` that no feed has are told with the feed that was meant; names for feeds to come are not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from penstock.operations.adopt import run_adopt
from penstock.operations.untrusted import odd_in_trust
from penstock.playbook.load_files import Loaded, read_playbook
from penstock.settings import load_settings
from penstock.store.engine import Sessions
from tests.operations.landing import LIVE_FROM, ListFeed, form, ingest
from tests.starters.catalogue import STARTERS, folder
from tests.starters.catalogue import loaded as starter_playbook

GOOD = Path(__file__).parents[1] / "playbook" / "cases" / "good"
NO_STORE = "sqlite:///none.sqlite"


def trusting(tmp_path: Path, *names: str) -> Loaded:
    """The good playbook, which trusts these feeds."""
    shutil.copytree(GOOD, tmp_path / "playbook")
    place = tmp_path / "playbook" / "vocabulary.yaml"
    place.write_text(place.read_text().replace("[crm, web-form]", f"[{', '.join(names)}]", 1))
    return read_playbook(tmp_path / "playbook")


@pytest.mark.parametrize(
    ("trust", "feeds", "said"),
    [
        (["crn"], ["crm"], ['"crn"; did you mean crm?']),
        (["crn", "web-form"], ["crm", "web-form"], ['"crn"; did you mean crm?']),
        (["crm", "web_form"], ["crm", "web-form"], ['"web_form"; did you mean web-form?']),
        (["CRM"], ["crm"], ['"CRM"; did you mean crm?']),
        (["crn", "webform"], ["crm", "web-form"], ['"crn"; did you mean crm?', '"webform"; did you mean web-form?']),
        (
            ["hubspot", "inbox"],
            ["inbox", "dynamics"],
            ['"hubspot"; write it as penstock.toml calls it; trust leaves'],
        ),
        # What is left out of trust on purpose, or is for a feed to come.
        (["crm", "web-form"], ["crm", "web-form"], []),
        (["crm"], ["crm", "web-form"], []),
        ([], ["crm", "web-form"], []),
        (["crm", "inbox"], ["inbox"], []),
        (["crm", "inbox"], ["vendor"], []),
        (["crm", "crm-old"], ["crm"], []),
        (["person", "crm"], ["crm"], []),
        (["crm", "web-form"], [], []),
    ],
)
def test_name_that_no_feed_has_is_told(tmp_path: Path, trust: list[str], feeds: list[str], said: list[str]) -> None:
    found = [str(problem) for problem in odd_in_trust(NO_STORE, trusting(tmp_path, *trust), feeds)]
    assert len(found) == len(said)
    for one, wanted in zip(found, said, strict=True):
        assert one.startswith(f"playbook/vocabulary.yaml:2: there is no feed {wanted}")


@pytest.mark.parametrize(("trust", "said"), [("web", []), ("wep", ['"wep"; did you mean web?'])])
def test_feed_that_is_read_no_more_is_still_one(
    tmp_path: Path, database_url: str, store: Sessions, trust: str, said: list[str]
) -> None:
    loaded = trusting(tmp_path, trust)
    run_adopt(store, now=LIVE_FROM, playbook=loaded.playbook, live_from=LIVE_FROM)
    ingest(store, ListFeed([form("a@firm.example")]), LIVE_FROM)
    found = [problem.what.removeprefix("there is no feed ") for problem in odd_in_trust(database_url, loaded, ["crm"])]
    assert found == [one.partition(";")[0] for one in said]


@pytest.mark.parametrize("starter", STARTERS)
def test_starters_trust_what_they_have(starter: str) -> None:
    feeds = load_settings(folder(starter)).feeds
    assert odd_in_trust(NO_STORE, starter_playbook(starter), feeds) == ()
