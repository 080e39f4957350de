"""Empty PostgreSQL databases for benches and tests.

On the server that `SENSYNC_TEST_POSTGRES` names (a URL whose user may create databases), else on a private cluster from
the binaries on this machine.
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

from sqlalchemy import create_engine, make_url, text

if TYPE_CHECKING:
    from collections.abc import Iterator


_SERVER = "SENSYNC_TEST_POSTGRES"


def is_here() -> bool:
    """Whether a server is named, or this machine has the binaries of one."""
    return bool(os.environ.get(_SERVER)) or _binaries() is not None


@contextmanager
def server(*, durable: bool = False) -> Iterator[str]:
    """The URL of a server on which databases may be created.

    Args:
        durable: a private cluster waits for the disk as a school's server does. One that is named does as it is set.

    Raises:
        LookupError: there is none.
    """
    named, programs = os.environ.get(_SERVER), _binaries()
    if named:
        yield make_url(named).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    elif programs is not None:
        with _private_cluster(programs, durable=durable) as url:
            yield url
    else:
        msg = f"there is no PostgreSQL here: install it, or name a server in {_SERVER}"
        raise LookupError(msg)


@contextmanager
def new_database(url: str, *, like: str = "template1") -> Iterator[str]:
    """The URL of a new database on a server; it is dropped at the end.

    Args:
        url: of the server.
        like: the database that is copied, to which nobody may be connected; by default an empty one.
    """
    name = f"sensync_{uuid.uuid4().hex[:12]}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {like}"))
    try:
        yield make_url(url).set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        engine.dispose()


def _binaries() -> Path | None:
    """The folder with `initdb` and `pg_ctl`, the newest version first; None where there is none."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    return next((each for each in folders if (each / "initdb").exists() and (each / "pg_ctl").exists()), None)


@contextmanager
def _private_cluster(programs: Path, *, durable: bool) -> Iterator[str]:
    """Starts a cluster of its own and gives its URL; `durable` waits for the disk as a school's server does."""
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
        command = [*as_user, programs / program, "-D", folder / "data", *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)

    options = f"{'' if durable else '-F '}-c listen_addresses= -c unix_socket_directories={folder}"
    call("initdb", "-U", "sensync", "-A", "trust", "-E", "UTF8", "--no-sync")
    call("pg_ctl", "-w", "-o", options, "-l", folder / "log", "start")
    try:
        yield f"postgresql+psycopg://sensync@/postgres?host={folder}"
    finally:
        call("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
