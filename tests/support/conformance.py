"""Every answer of every workspace of the test run, held against Google's discovery documents."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from local_workspace.http import schema
from local_workspace.http.server import APIS, Connection, Router

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local_workspace import LocalWorkspace
    from local_workspace.http.wire import Request, Response


class Conformance:
    """Collects what in the answers does not agree with the documents.

    Attributes:
        seen: how many answers were held against a document, by the method that gave them.
        faults: what did not agree.
    """

    def __init__(self) -> None:
        self.seen: dict[str, int] = {}
        self.faults: list[str] = []
        self._router = Router([route for api in APIS for route in api.ROUTES])

    def check(self, request: Request, response: Response) -> None:
        """Hold one answer against the document of its method; refusals have shapes of their own."""
        if response.status != 200 or response.data is None:
            return
        found = self._router.find(request.method, request.path)
        method = "" if found is None else found[0].api_method or found[0].scopes_of
        api = schema.api_of(method)
        if api is not None:
            self.seen[method] = self.seen.get(method, 0) + 1
            self.faults.extend(f"{method}: {fault}" for fault in api.faults_of_answer(method, response.data))

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Check what every server in this process answers, each part of a batch by itself."""
        answer, check = Connection._handled, self.check

        def watched(connection: Connection, ws: LocalWorkspace, request: Request) -> Response:
            response = answer(connection, ws, request)
            check(request, response)
            return response

        Connection._handled = watched  # type: ignore[method-assign]
        try:
            yield
        finally:
            Connection._handled = answer  # type: ignore[method-assign]
