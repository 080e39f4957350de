"""The store's tests run on SQLite and, where a PostgreSQL server can be had, on PostgreSQL as well.

`bench.postgres` says which server. Where there is none, the PostgreSQL half does not exist, and the summary says so.
"""

from __future__ import annotations

import multiprocessing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url
from support.surgery import School

from bench.postgres import is_here, new_database, server
from sync.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.context import ForkServerContext
    from pathlib import Path


HAS_POSTGRES = is_here()
BACKENDS = ["sqlite", *([pytest.param("postgresql", marks=pytest.mark.postgres)] if HAS_POSTGRES else [])]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not HAS_POSTGRES:
        terminalreporter.write_line(
            "The store was tested on SQLite only: no PostgreSQL here (apt-get install postgresql)."
        )


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a server on which databases may be created."""
    with server() as url:
        yield url


@pytest.fixture(scope="session")
def migrated(postgres: str) -> Iterator[str]:
    """The name of a migrated database, that others are copied from: that is quicker than to migrate each."""
    with new_database(postgres) as url:
        with Store(url) as store:
            store.migrate()
        yield str(make_url(url).database)


@pytest.fixture(params=BACKENDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database of each kind."""
    if request.param == "sqlite":
        yield _sqlite(tmp_path)
        return
    with new_database(request.getfixturevalue("postgres")) as url:
        yield url


@pytest.fixture(params=BACKENDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database of each kind in which nothing is kept; on PostgreSQL it is migrated already."""
    if request.param == "sqlite":
        yield _sqlite(tmp_path)
        return
    with new_database(request.getfixturevalue("postgres"), like=request.getfixturevalue("migrated")) as url:
        yield url


def _sqlite(folder: Path) -> str:
    return f"sqlite:///{folder / 'store' / 'sensync.sqlite3'}"


@pytest.fixture(scope="session")
def processes() -> ForkServerContext:
    """Processes that begin with the imports done, and with nothing of this one's threads and connections."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["sync.store", "alembic", "psycopg"])
    return context


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with Store(url) as opened:
        opened.migrate()
        yield opened


@pytest.fixture
def school(store: Store) -> School:
    """A school with one surgery, all of whose outbox is told."""
    made = School(store)
    made.has()
    made.told()
    return made
