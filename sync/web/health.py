"""Two addresses for machines: whether the process is up, and whether it should be sent requests.

They are answered before everything else: whoever watches a process asks it at its port, not under the school's host,
and must not be counted or refused.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from sync.web.headers import HEADERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ALIVE: Final = "/healthz"
READY: Final = "/readyz"
_ALLOWED: Final = ("GET", "HEAD")


def with_health(inner: WSGIApplication, trouble: Callable[[], str]) -> WSGIApplication:
    """Puts both addresses before an application.

    Args:
        inner: what answers everything else.
        trouble: why the process is not ready, in one word that says nothing of anybody; "" where it is.
    """

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
        if path not in {ALIVE, READY}:
            return inner(environ, start_response)
        headers, body = list(HEADERS.items()), b""
        if method not in _ALLOWED:
            status = HTTPStatus.METHOD_NOT_ALLOWED
            headers.append(("Allow", ", ".join(_ALLOWED)))
        elif path == ALIVE:
            status = HTTPStatus.NO_CONTENT
        else:
            reason = trouble()
            status = HTTPStatus.SERVICE_UNAVAILABLE if reason else HTTPStatus.OK
            body = json.dumps({"ready": not reason} | ({"reason": reason} if reason else {})).encode()
            headers.append(("Content-Type", "application/json"))
        if status is not HTTPStatus.NO_CONTENT:
            headers.append(("Content-Length", str(len(body))))
        start_response(f"{status.value} {status.phrase}", headers)
        return [] if method == "HEAD" else [body]

    return answer
