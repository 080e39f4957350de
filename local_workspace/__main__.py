"""`python -m local_workspace --port N --state FILE --token T --seed FILE`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .main import SeedError, serve
from .store import StateError


def main(arguments: list[str] | None = None) -> int:
    """Parse the arguments and serve; 0 when stopped, 2 when it cannot start."""
    parser = argparse.ArgumentParser(prog="local_workspace", description="A Google Workspace on loopback.")
    parser.add_argument("--port", type=int, default=0, help="0 (the default) takes a free one")
    parser.add_argument("--state", type=Path, help="the file that keeps everything; without it, memory")
    parser.add_argument("--token", help="a bearer token that acts as the main account")
    parser.add_argument("--seed", type=Path, help="a JSON file of accounts, files and settings")
    parser.add_argument("--key", type=Path, help="write a service account's key file here")
    parser.add_argument(
        "--quotas", action="store_true", help="as many calls a minute as Google allows: see docs/local-workspace.md"
    )
    parser.add_argument("--fault", action="append", default=[], help='e.g. {"status": 503, "times": 2}')
    parser.add_argument("--weather-seed", type=int, help="repeats the weather of a run")
    parser.add_argument("--skew", type=float, default=0, help="seconds the clock is ahead")
    given = parser.parse_args(arguments)
    try:
        serve(
            given.port,
            given.state,
            given.token,
            given.seed,
            quotas=given.quotas,
            key=given.key,
            faults=given.fault,
            weather_seed=given.weather_seed,
            skew=given.skew,
        )
    except (SeedError, StateError, OSError) as error:
        sys.stderr.write(f"local_workspace: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
