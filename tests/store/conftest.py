"""The store's tests run on SQLite and, where a PostgreSQL server can be had, on PostgreSQL as well.

`SENSYNC_TEST_POSTGRES` names a server (a URL whose user may create databases). Without it, a private cluster
is started from the binaries on this machine. Where there are none, the PostgreSQL half does not exist, and
the summary says so.
"""

from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, make_url, text

from bench.postgres import binaries, private_cluster
from sync.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


SERVER = os.environ.get("SENSYNC_TEST_POSTGRES")
BINARIES = binaries()
BACKENDS = [
    "sqlite",
    *([pytest.param("postgresql", marks=pytest.mark.postgres)] if SERVER or BINARIES else []),
]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not (SERVER or BINARIES):
        terminalreporter.write_line(
            "The store was tested on SQLite only: no PostgreSQL here (apt-get install postgresql)."
        )


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a server on which databases may be created."""
    if SERVER:
        yield str(make_url(SERVER).set(drivername="postgresql+psycopg").render_as_string(hide_password=False))
    else:
        assert BINARIES is not None
        with private_cluster(BINARIES) as url:
            yield url


@pytest.fixture(params=BACKENDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store' / 'sensync.sqlite3'}"
        return
    server = request.getfixturevalue("postgres")
    name = f"sensync_test_{uuid.uuid4().hex[:12]}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with Store(url) as opened:
        opened.migrate()
        yield opened
