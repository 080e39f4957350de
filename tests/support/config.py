"""The beginning of a `sensync.toml` for tests of commands; each adds what it is about, the rest of [google] first."""

HILLCREST = """
[school]
name = "Hillcrest High School"
la = "999"
estab = "4001"
[mis]
paths = ["."]
[google]
credentials = "token"
token_file = "token"
"""
