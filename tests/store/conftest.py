"""The store's tests run on SQLite and, where a PostgreSQL server can be had, on PostgreSQL as well.

`SENSYNC_TEST_POSTGRES` names a server (a URL whose user may create databases). Without it, a private cluster
is started from the binaries on this machine. Where there are none, the PostgreSQL half does not exist, and
the summary says so.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, make_url, text

from sync.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator


def _binaries() -> Path | None:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    return next((each for each in folders if (each / "initdb").exists() and (each / "pg_ctl").exists()), None)


SERVER = os.environ.get("SENSYNC_TEST_POSTGRES")
BINARIES = _binaries()
BACKENDS = [
    "sqlite",
    *([pytest.param("postgresql", marks=pytest.mark.postgres)] if SERVER or BINARIES else []),
]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not (SERVER or BINARIES):
        terminalreporter.write_line(
            "The store was tested on SQLite only: no PostgreSQL here (apt-get install postgresql)."
        )


@contextmanager
def _private_cluster(binaries: Path) -> Iterator[str]:
    # A short path of its own: a Unix socket's name may have only 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    as_user: list[str] = []
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root.
        names = {entry.pw_name for entry in pwd.getpwall()}
        user = next(name for name in ("postgres", "nobody") if name in names)
        shutil.chown(folder, user)
        as_user = ["runuser", "-u", user, "--"]

    def call(program: str, *arguments: str | Path) -> None:
        command = [*as_user, binaries / program, "-D", folder / "data", *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)

    options = f"-F -c listen_addresses= -c unix_socket_directories={folder}"
    call("initdb", "-U", "sensync", "-A", "trust", "-E", "UTF8", "--no-sync")
    call("pg_ctl", "-w", "-o", options, "-l", folder / "log", "start")
    try:
        yield f"postgresql+psycopg://sensync@/postgres?host={folder}"
    finally:
        call("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a server on which databases may be created."""
    if SERVER:
        yield str(make_url(SERVER).set(drivername="postgresql+psycopg").render_as_string(hide_password=False))
    else:
        assert BINARIES is not None
        with _private_cluster(BINARIES) as url:
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
