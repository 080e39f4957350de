"""A private PostgreSQL cluster from the binaries on this machine, for benches and tests."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def binaries() -> Path | None:
    """The folder with `initdb` and `pg_ctl`, the newest version first; None where there is none."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    return next((each for each in folders if (each / "initdb").exists() and (each / "pg_ctl").exists()), None)


@contextmanager
def private_cluster(programs: Path, *, durable: bool = False) -> Iterator[str]:
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
