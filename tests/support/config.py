"""The beginning of a `sensync.toml` for tests of commands; each adds what it is about, the rest of [google] first."""

from bench.config import head

HILLCREST = head("9994001")
