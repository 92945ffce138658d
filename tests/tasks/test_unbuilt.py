"""What is wrong with one feed or one stream holds back no other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from penstock.errors import FeedError, FileError
from penstock.operations.adopt import run_adopt
from penstock.operations.ingest import IngestResult
from penstock.operations.init import init_workspace
from penstock.operations.pipeline import World, units, work
from penstock.operations.status import read_status
from penstock.playbook.load import load_playbook
from penstock.records import Page
from penstock.settings import Settings, load_settings
from penstock.store.engine import Sessions
from tasks.page import markdown
from tasks.report import Report
from tasks.world import build_feeds, build_world, insist_on_feeds

NOW = datetime(2026, 10, 1, 8, tzinfo=UTC)
# Nine lines before the feed that has the mistake.
HEAD = "\n" * 9
SECOND = '\n[feeds.fairs]\nkind = "csv"\npath = "fairs"\nmapping = "fairs"\n'


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A workspace with its inbox, and a second feed whose mapping has two mistakes."""
    folder = tmp_path / "w"
    init_workspace(folder, starter="components", now=NOW)
    with (folder / "penstock.toml").open("a", encoding="utf-8") as file:
        file.write(SECOND)
    (folder / "fairs").mkdir()
    (folder / "fairs" / "fairs.yaml").write_text("strem: fairs\ncolumns: {}\n", encoding="utf-8")
    return load_settings(folder)


def ingest(world: World, settings: Settings) -> Report:
    """Run the ingest step alone."""
    run_adopt(world.sessions, now=NOW, playbook=load_playbook(settings.playbook))
    report = Report("ingest", NOW)
    for unit in units(world, ["ingest"]):
        report.take("ingest", work(world, unit, now=NOW))
    return report


def test_wrong_mapping_of_one_feed_holds_back_no_other(store: Sessions, settings: Settings) -> None:
    inbox, fairs = ingest(build_world(settings, store), settings).of(IngestResult)
    assert (inbox.landed, inbox.failed) == (10, "")
    assert fairs.rows == 0
    assert 'fairs/fairs.yaml:1: "strem" is not known here; did you mean "stream"?' in fairs.failed


def test_page_names_the_first_mistake_and_counts_the_others(store: Sessions, settings: Settings) -> None:
    told = markdown(ingest(build_world(settings, store), settings))
    assert "failed: ingest fairs: fairs/fairs.yaml:1: " in told
    assert " more)" in told


def test_simulation_is_refused_where_a_feed_is_set_up_wrong(store: Sessions, settings: Settings) -> None:
    with pytest.raises(FileError, match=r"fairs/fairs\.yaml:1"):
        insist_on_feeds(build_world(settings, store))


def test_feed_that_is_set_up_wrong_says_so_when_checked(store: Sessions, settings: Settings) -> None:
    inbox, fairs = (source.feed for source in build_world(settings, store).sources)
    assert inbox.check()
    with pytest.raises(FileError):
        fairs.check()


def test_stream_that_fails_holds_back_no_other_stream(
    store: Sessions, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = build_world(settings, store)
    feed = world.sources[0].feed
    pull = feed.pull

    def first_fails(stream: str, cursor: str | None, *, now: datetime) -> Iterator[Page]:
        if stream == feed.streams()[0]:
            raise FeedError("badge-scans.csv:1: a column is missing")
        return pull(stream, cursor, now=now)

    monkeypatch.setattr(feed, "pull", first_fails)
    inbox = ingest(world, settings).of(IngestResult)[0]
    assert (inbox.failed, inbox.landed) == ("badge-scans.csv:1: a column is missing", 7)


def test_file_that_no_mapping_takes_is_told_by_the_run_and_by_status(store: Sessions, settings: Settings) -> None:
    for name in ("Leads (2).xlsx", "partner.tsv"):
        (settings.workspace / "inbox" / name).write_text("x")
    report = ingest(build_world(settings, store), settings)
    assert report.of(IngestResult)[0].untaken == ("Leads (2).xlsx", "partner.tsv")
    page = markdown(report)
    assert "no mapping takes Leads (2).xlsx, partner.tsv → write a mapping for them, or move them away" in page
    assert "2 files that no mapping takes → `penstock feed check`" in page
    found = read_status(store, now=NOW, feeds=build_feeds(settings, store))
    assert found.untaken == {"inbox": ["Leads (2).xlsx", "partner.tsv"]}
    assert found.unread["fairs"].startswith("fairs/fairs.yaml:1: ")


MISTAKES = {
    "an unknown kind": ('kind = "cvs"\npath = "x"', 11, 'feed "more": there is no kind "cvs"; did you mean "csv"?'),
    "an unknown option": (
        'kind = "csv"\npath = "x"\nmapping = "y"\npge = 5',
        14,
        '"pge" is not known here; did you mean "page"',
    ),
    "a missing option": ('kind = "csv"\npath = "x"', 10, 'feed "more": "mapping" is missing; add it'),
    "a wrong value": (
        'kind = "csv"\npath = "x"\nmapping = "mappings"\npage = 0',
        14,
        '"page": input should be greater',
    ),
    "a mapping that is not there": (
        'kind = "csv"\npath = "x"\nmapping = "mapping.yaml"',
        13,
        "mapping.yaml: there is no such",
    ),
    "a folder without mappings": (
        'kind = "csv"\npath = "x"\nmapping = ["data"]',
        13,
        "data: has no mapping in it; add one",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake_with_a_feed_is_told_with_its_line(store: Sessions, settings: Settings, name: str) -> None:
    text, line, said = MISTAKES[name]
    (settings.workspace / "penstock.toml").write_text(HEAD + f"[feeds.more]\n{text}\n", encoding="utf-8")
    changed = load_settings(settings.workspace)
    (source,) = build_world(changed, store).sources
    with pytest.raises(FileError, match=rf"^penstock\.toml:{line}: ") as caught:
        source.feed.check()
    assert said in str(caught.value)


def test_mistake_with_an_option_in_the_environment_names_the_variable(
    store: Sessions, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENSTOCK_FEEDS_FAIRS_PAGE", "many")
    fairs = build_world(load_settings(settings.workspace), store).sources[1].feed
    with pytest.raises(FileError, match=r'^PENSTOCK_FEEDS_FAIRS_PAGE: feed "fairs": "page": input should be a valid'):
        fairs.check()
