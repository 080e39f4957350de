"""gspread and googleapiclient over the door, so that both have its time-outs, retries and counter.

googleapiclient wants an object like `httplib2.Http`; `_DoorHttp` is one that has never seen httplib2's
sockets (which are not safe in threads and know no total deadline).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import gspread
import httplib2  # type: ignore[import-untyped]
from googleapiclient.discovery import build_from_document
from googleapiclient.discovery_cache import get_static_doc

from sync.domain.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.google.door import Door


class _DoorHttp:
    """What googleapiclient calls to send a request."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        redirections: int = 0,  # noqa: ARG002 - part of the interface; the door follows none
        connection_type: object = None,  # noqa: ARG002 - part of the interface
    ) -> tuple[httplib2.Response, bytes]:
        wanted = {name: value for name, value in (headers or {}).items() if name.lower() not in _OURS}
        # A GET with a very long query is sent as a POST that says so: it is still a read.
        repeatable = wanted.get("x-http-method-override", method).upper() in {"GET", "HEAD"}
        answer = self._door.request(method, uri, data=body, headers=wanted, repeatable=repeatable)
        return httplib2.Response({**answer.headers, "status": str(answer.status_code)}), answer.content

    def close(self) -> None:
        """The door is its owner's to close."""


_OURS = frozenset({"user-agent", "accept-encoding", "content-length"})


def build_api(door: Door, name: str, version: str) -> Any:
    """Googleapiclient's service from the discovery document that it ships, at the door's endpoints.

    Raises:
        UsageError: googleapiclient ships no document for this API.
    """
    text = get_static_doc(name, version)
    if text is None:
        raise UsageError(f"googleapiclient ships no description of the API {name} {version}.")
    document = json.loads(text)
    if door.endpoints.base_url is not None:
        # rootUrl, and not only an endpoint option: batches and uploads are addressed with it as well.
        document["rootUrl"] = f"{door.endpoints.base_url}/"
        document.pop("mtlsRootUrl", None)
    return build_from_document(document, http=_DoorHttp(door))


def gspread_client(door: Door) -> gspread.Client:
    """Gspread's client on this session; its fixed Google addresses are mapped by the door."""
    return gspread.Client(auth=door.credentials, session=door)
