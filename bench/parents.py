"""Parents at their browsers: each opens the link, chooses a time, fills in the form, and presses Confirm when told to.

All in one thread of one process, so that they press at one instant and take little from the processors that the pages
need. Whom the page tells that the time is gone chooses another from that page and presses again, at once and without a
thought, which is harder on the pages than people are.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Sequence

_SLOT = re.compile(r'<input type="radio" name="slot" value="([^"]*)"')
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)"')
_MEETING = re.compile(r"<dd><strong>([^<]*)</strong></dd>")
_OK, _SEE_OTHER, _CONFLICT = 200, 303, 409


@dataclass(frozen=True, slots=True)
class Family:
    """One parent: the link's token, and an address of their own. `double` clicks Confirm twice."""

    token: str
    address: str
    double: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """All that one parent was told.

    Attributes:
        token: of their link.
        meetings: the times that pages confirmed, as they said them, one for each press that was answered so.
        full: they were told that no time is left.
        presses: seconds from each press to its answer.
        whole: seconds from the first press until they knew: the page of their meeting, or that no time is left.
        broken: sentences about answers that no page of ours should give.
    """

    token: str
    meetings: tuple[str, ...]
    full: bool
    presses: tuple[float, ...]
    whole: float
    broken: tuple[str, ...]


def rush(ports: Sequence[int], host: str, families: Sequence[Family], seed: int) -> list[Told]:
    """All families at once, shared among the workers one after the other.

    Args:
        ports: of the workers, on loopback.
        host: the pages' public name.
        families: the parents.
        seed: of which times they choose.
    """
    return asyncio.run(_rush(ports, host, families, seed))


async def _rush(ports: Sequence[int], host: str, families: Sequence[Family], seed: int) -> list[Told]:
    choose, everybody = random.Random(seed), asyncio.Barrier(len(families))
    parents: list[_Parent] = []
    shared: Counter[int] = Counter()
    for number, family in enumerate(families):
        # The second of two clicks comes to another worker: only the store can tell that it is the same form. All
        # workers have as many parents in the end.
        doors = [ports[number % len(ports)]]
        if family.double:
            doors.append(min((door for door in ports if door != doors[0]), key=shared.__getitem__, default=doors[0]))
        shared.update(doors)
        parents.append(_Parent(family, [_Browser(door, host, family.address) for door in doors], choose))
    return list(await asyncio.gather(*(parent.book(everybody) for parent in parents)))


@dataclass
class _Parent:
    family: Family
    browsers: list[_Browser]
    choose: random.Random
    meetings: list[str] = field(default_factory=list)
    presses: list[float] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    async def book(self, everybody: asyncio.Barrier) -> Told:
        home = f"/b/{self.family.token}"
        form = await self._form(await self.browsers[0].ask(home))
        for browser in self.browsers[1:]:
            browser.cookie = self.browsers[0].cookie
            await browser.open()
        await everybody.wait()
        began, clicks = time.monotonic(), self.browsers
        while form is not None:
            answers = await asyncio.gather(*(self._press(browser, form) for browser in clicks))
            refused = [answer for answer in answers if answer is not None]
            clicks = self.browsers[:1]
            form = await self._form(refused[-1]) if len(refused) == len(answers) else None
        whole = time.monotonic() - began
        for browser in self.browsers:
            browser.close()
        full = not self.meetings and not self.broken
        return Told(self.family.token, tuple(self.meetings), full, tuple(self.presses), whole, tuple(self.broken))

    async def _form(self, page: _Page) -> dict[str, str] | None:
        """The form for one of the times on a page, filled in; None where there is no time left."""
        while page.status in {_OK, _CONFLICT} and (slots := _SLOT.findall(page.text)):
            slot = self.choose.choice(slots)
            page = await self.browsers[0].ask(f"/b/{self.family.token}/book?slot={slot}")
            if page.status == _OK:
                return {**dict(_HIDDEN.findall(page.text)), "where": "room"}
        if page.status not in {_OK, _CONFLICT}:
            self.broken.append(f"A page was answered with {page.status}.")
        return None

    async def _press(self, browser: _Browser, form: dict[str, str]) -> _Page | None:
        """Presses Confirm; gives the page that refused, or None where the meeting is had, or all is broken."""
        since = time.monotonic()
        answer = await browser.ask(f"/b/{self.family.token}/book", form)
        self.presses.append(time.monotonic() - since)
        if answer.status == _CONFLICT:
            return answer
        if answer.status != _SEE_OTHER:
            self.broken.append(f"A press was answered with {answer.status}.")
            return None
        seen = await browser.ask(answer.headers["location"])
        said = _MEETING.search(seen.text)
        if said is None:
            self.broken.append(f"After a press the page of the meeting was answered with {seen.status} and no time.")
        else:
            self.meetings.append(unescape(said[1]))
        return None


@dataclass(frozen=True, slots=True)
class _Page:
    """An answer; the names of its headers in small letters.

    Read without the library's parser, which would take a share of the processors that the pages need.
    """

    status: int
    headers: dict[str, str]
    text: str


@dataclass
class _Browser:
    """One connection that is kept open, and the cookie. `address` is where the proxy says that the parent is."""

    port: int
    host: str
    address: str
    cookie: str = ""

    async def open(self) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)

    def close(self) -> None:
        self._writer.close()

    async def ask(self, path: str, form: dict[str, str] | None = None) -> _Page:
        if not hasattr(self, "_writer"):
            await self.open()
        body = b"" if form is None else urlencode(form).encode()
        lines = [
            f"{'GET' if form is None else 'POST'} {path} HTTP/1.1",
            f"Host: {self.host}",
            f"X-Forwarded-For: {self.address}",
        ]
        if form is not None:
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        if self.cookie:
            lines.append(f"Cookie: {self.cookie}")
        self._writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status, *lines = head.rstrip("\r\n").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        text = await self._reader.readexactly(int(headers["content-length"]))
        if "set-cookie" in headers:
            self.cookie = headers["set-cookie"].partition(";")[0]
        return _Page(int(status.split()[1]), headers, text.decode())
