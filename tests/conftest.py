"""What every test may ask for: a store on either database, the time, the real data; and no way out of this machine.

``store`` and ``database_url`` come twice, on SQLite and on PostgreSQL: a test that takes one of them runs on both. Each
test has a store of its own, empty and migrated. Where PostgreSQL, the browser or the data sets are missing, their tests
are skipped with that reason; with PENSTOCK_REQUIRE_POSTGRES=1 (…_BROWSER, …_DATA), as in .ci/run, they fail instead.
"""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from hypothesis import settings

from tests import postgres as pg
from tests.sockets import close_outside

if TYPE_CHECKING:
    from penstock.store.engine import Sessions

ROOT = Path(__file__).parent.parent

# The same examples each time where a change is held; new and many more with `make test-deep`.
settings.register_profile("ci", deadline=None, derandomize=True)
settings.register_profile("deep", deadline=None, max_examples=4_000, print_blob=True)
settings.load_profile("ci")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have counted (``record_property("counted", …)``), in whichever worker their parts ran."""
    # Here, as most runs of tests count nothing.
    from tests.property.kinds import Counted

    counted: defaultdict[str, Counted] = defaultdict(Counted)
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for told in (value for name, value in report.user_properties if name == "counted"):
            counted[report.nodeid.partition("[")[0]].take(told)
    for test, sums in counted.items():
        terminalreporter.section(test)
        terminalreporter.line("\n".join(sums.lines()))


def missing(name: str, what: str) -> NoReturn:
    """Skip for want of something outside the environment, or fail where it is required."""
    if os.environ.get(f"PENSTOCK_REQUIRE_{name}") == "1":
        pytest.fail(f"PENSTOCK_REQUIRE_{name}=1, but {what}")
    pytest.skip(what)


@pytest.fixture(scope="session", autouse=True)
def no_way_out() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        close_outside(monkeypatch)
        yield


@pytest.fixture
def now() -> datetime:
    """A Monday morning at nine (UTC), in no holiday."""
    return datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture(scope="session")
def postgres() -> Iterator[pg.Server]:
    """A PostgreSQL server of this session's (with xdist: of this worker's) own."""
    binary = pg.binaries()
    if binary is None:
        missing("POSTGRES", "there is no PostgreSQL 15 or newer here (Debian: apt-get install postgresql)")
    server = pg.start(binary)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that each test's own is copied from."""
    from penstock.store.migrate import upgrade

    place = tmp_path_factory.mktemp("template") / "store.sqlite"
    upgrade(f"sqlite:///{place}")
    return place


ON_BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(params=ON_BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty, migrated store, on each database in turn."""
    if request.param == "sqlite":
        place = tmp_path / "store.sqlite"
        shutil.copyfile(request.getfixturevalue("migrated_file"), place)
        yield f"sqlite:///{place}"
    else:
        from penstock.store.migrate import upgrade

        server: pg.Server = request.getfixturevalue("postgres")
        name = server.migrated(upgrade)
        yield server.url(name)
        server.drop(name)


@pytest.fixture(params=ON_BOTH)
def blank_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table, for tests of the migrations themselves."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'blank.sqlite'}"
    else:
        server: pg.Server = request.getfixturevalue("postgres")
        name = server.create()
        yield server.url(name)
        server.drop(name)


@pytest.fixture
def store(database_url: str) -> Iterator[Sessions]:
    """Sessions on an empty, migrated store, on each database in turn."""
    from penstock.store.engine import open_store

    sessions = open_store(database_url)
    yield sessions
    sessions.close()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of the real data sets, beside the repository or where PENSTOCK_DATA says."""
    place = Path(os.environ.get("PENSTOCK_DATA") or ROOT.parent / "shared" / "data")
    if not place.is_dir():
        missing("DATA", "the real data sets are not beside the repository (PENSTOCK_DATA names their folder)")
    return place


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium, for Playwright's ``executable_path``."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        missing("BROWSER", "there is no Chromium here (Debian: apt-get install chromium)")
    return found
