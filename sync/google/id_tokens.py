"""Who signed a token of Google's: google-auth's own verification, with Google's certificates kept for a while."""

from __future__ import annotations

import json
import re
import threading
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from google.auth import jwt
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from google.oauth2 import id_token

from sync.domain.errors import SensyncError
from sync.google.door import Door, Limits
from sync.google.errors import GoogleBusyError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_ISSUERS = frozenset({"https://accounts.google.com", "accounts.google.com"})
_LONGEST = 4096
_SKEW = 30
"""Seconds that our clock may differ from Google's."""

_PATIENCE = 4.0
"""Seconds for the certificates, with all tries: Pub/Sub waits for the answer meanwhile."""

_SHORTEST_KEPT, _KEPT, _LONGEST_KEPT = 60.0, 3600.0, 86_400.0
"""Seconds that certificates are kept: at least, where Google says nothing, and at most."""

_AFTER_TROUBLE = 10.0
_MAX_AGE = re.compile(r"max-age=(\d{1,9})")

_BAD_TOKEN = (GoogleAuthError, ValueError, TypeError, KeyError, AttributeError, RecursionError)
"""What google-auth raises at tokens that are none: it reads header and claims before it has checked the signature."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What google-auth asks of an answer to a request of its own."""

    status: int
    data: bytes


class Certificates:
    """Google's certificates, fetched through a door when they are needed, and kept as long as Google says.

    Safe for several threads.

    Args:
        door: the door to Google; no credential is needed.
        clock: seconds on a clock that never goes back.
    """

    def __init__(self, door: Door, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.url = door.endpoints.certificates
        self._door = door
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: bytes | None = None
        self._ids: frozenset[str] = frozenset()
        self._fetched = self._until = self._not_before = float("-inf")

    def __call__(self, _url: str, *_args: object, **_kwargs: object) -> _Answer:
        """Answers google-auth's request for the certificates with those that are kept."""
        return _Answer(HTTPStatus.OK, self._kept or b"{}")

    def have(self, key_id: str) -> None:
        """Sees that certificates are here, and asks again, at most once a minute, where this one is not among them.

        Raises:
            GoogleBusyError: there are none, and they cannot be had now.
        """
        with self._lock:
            now = self._clock()
            fresh = self._kept is not None and now < self._until
            if fresh and (key_id in self._ids or now - self._fetched < _SHORTEST_KEPT):
                return
            if now >= self._not_before:
                try:
                    self._fetch(now)
                except SensyncError as error:
                    self._not_before = now + _AFTER_TROUBLE
                    if not fresh:
                        raise GoogleBusyError(*error.problems, next_step=error.next_step) from error
            elif not fresh:
                raise GoogleBusyError("Google's certificates could not be fetched a moment ago.")

    def _fetch(self, now: float) -> None:
        answer = self._door.request("GET", self.url, max_allowed_time=_PATIENCE)
        found = _MAX_AGE.search(answer.headers.get("Cache-Control", ""))
        age = min(max(float(found[1]) if found else _KEPT, _SHORTEST_KEPT), _LONGEST_KEPT)
        self._ids = frozenset(json.loads(answer.content))
        self._kept, self._fetched, self._until = answer.content, now, now + age


class IdTokens:
    """Verifies ID tokens that Google signed.

    Args:
        base_url: a server that stands in for Google; None for Google itself.
        certificates: Google's; made here where none are given.
    """

    def __init__(self, base_url: str | None, *, certificates: Certificates | None = None) -> None:
        limits = Limits(connect=2.0, read=_PATIENCE, deadline=_PATIENCE)
        self._certificates = certificates or Certificates(
            Door(AnonymousCredentials(), base_url=base_url, limits=limits)  # type: ignore[no-untyped-call]
        )

    def claims(self, token: str, audience: str) -> Mapping[str, Any] | None:
        """What a token claims, if Google signed it for this audience and it is of this hour; None for any other.

        Google signs for any audience that an owner of a project asks for: whoever reads the claims must look whose
        address they name.

        Raises:
            GoogleBusyError: the certificates cannot be had now.
        """
        if not token or len(token) > _LONGEST:
            return None
        try:
            header: Mapping[str, Any] = jwt.decode_header(token)  # type: ignore[no-untyped-call]
            self._certificates.have(str(header.get("kid", "")))
            claims: Mapping[str, Any] = id_token.verify_token(
                token,
                self._certificates,  # type: ignore[arg-type] # it is called like a Request, and asked for no more
                audience=audience,
                certs_url=self._certificates.url,
                clock_skew_in_seconds=_SKEW,
            )
            # Within the try: what cannot be looked up in a set is no issuer.
            return claims if claims["iss"] in _ISSUERS else None
        except _BAD_TOKEN:
            return None
