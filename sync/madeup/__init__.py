"""A made-up but realistic school, for the demo, the tests and the benchmarks.

`make_school` makes it, `later` moves it on in time, `sync.madeup.files` writes it as an MIS would export it.
"""

from sync.madeup.events import later
from sync.madeup.school import MadeUpSchool, make_school

__all__ = ["MadeUpSchool", "later", "make_school"]
