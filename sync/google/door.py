"""The one door to Google: every HTTP request to Google goes through one `Door`.

A `Door` is a `requests` session, so gspread takes it as it is and googleapiclient through `Door.api`. How calls are
made, retried and counted is in `sync.google.session`; here stand the calls of Sheets and Drive that Sensync makes.
Calendar and Gmail have modules of their own over `Door.call`.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sync.google import classify
from sync.google.errors import GoogleNeedsPersonError
from sync.google.limits import Counter, Hooks, Limits
from sync.google.session import Session, account_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import gspread

__all__ = ["Counter", "Door", "Hooks", "Limits", "account_of", "segment"]


class Door(Session):
    """A session with Google, and the calls of Sheets and Drive. See `Session` for its arguments."""

    def sheets_get(
        self,
        spreadsheet_id: str,
        *,
        fields: str,
        ranges: Sequence[str] = (),
        include_grid_data: bool | None = None,
    ) -> dict[str, Any]:
        """`spreadsheets.get` in one request. `fields` is a field mask, `ranges` are in A1 notation."""
        params = [("fields", fields), *(("ranges", each) for each in ranges)]
        if include_grid_data is not None:
            params.append(("includeGridData", "true" if include_grid_data else "false"))
        return self.call("GET", f"{self.endpoints.sheets}/{segment(spreadsheet_id)}", params)

    def sheets_filter(self, spreadsheet_id: str, body: Mapping[str, Any], *, fields: str) -> dict[str, Any]:
        """`spreadsheets.getByDataFilter`: what the filters of `body` name, in one request."""
        url = f"{self.endpoints.sheets}/{segment(spreadsheet_id)}:getByDataFilter"
        return self.call("POST", url, [("fields", fields)], body)

    def sheets_batch_update(
        self, spreadsheet_id: str, body: Mapping[str, Any], *, fields: str, repeatable: bool = False
    ) -> dict[str, Any]:
        """`spreadsheets.batchUpdate`: all requests of `body` in one atomic write.

        Raises:
            OutcomeUnknownError: no sound answer came; read before writing again.
            GoogleRefusedRequestError: a request was wrong; none of them was carried out.
        """
        url = f"{self.endpoints.sheets}/{segment(spreadsheet_id)}:batchUpdate"
        return self.call("POST", url, [("fields", fields)], body, repeatable=repeatable)

    def sheets_create(self, body: Mapping[str, Any], fields: str) -> dict[str, Any]:
        """`spreadsheets.create`. Not repeatable: after an unknown outcome look with `drive_list` first.

        Raises:
            GoogleNeedsPersonError: with the reason `no_drive` where the account may make no files of its own.
        """
        try:
            return self.call("POST", self.endpoints.sheets, [("fields", fields)], body)
        except GoogleNeedsPersonError as error:
            if error.status == HTTPStatus.FORBIDDEN and error.reason == "PERMISSION_DENIED":
                # What a service account is told that has no Drive of its own (gspread issues 1568 and 1592).
                raise classify.no_drive(self.account) from error
            raise

    def drive_get(self, file_id: str, fields: str) -> dict[str, Any]:
        """`files.get` of Drive: metadata of one file, in shared drives too."""
        params = [("fields", fields), ("supportsAllDrives", "true")]
        return self.call("GET", f"{self.endpoints.drive}/files/{segment(file_id)}", params)

    def drive_list(self, query: str, fields: str, page_size: int = 100) -> dict[str, Any]:
        """`files.list` of Drive, one page; `query` in Drive's search language."""
        params = [
            ("q", query),
            ("fields", fields),
            ("pageSize", str(page_size)),
            ("supportsAllDrives", "true"),
            ("includeItemsFromAllDrives", "true"),
        ]
        return self.call("GET", f"{self.endpoints.drive}/files", params)

    def drive_create(self, body: Mapping[str, Any], fields: str) -> dict[str, Any]:
        """`files.create` of Drive without content, in a folder by `parents`; not repeatable.

        This is how an account without a Drive makes a spreadsheet in a shared drive: `mimeType`
        `application/vnd.google-apps.spreadsheet`.
        """
        params = [("fields", fields), ("supportsAllDrives", "true")]
        return self.call("POST", f"{self.endpoints.drive}/files", params, body)

    def drive_update(self, file_id: str, body: Mapping[str, Any], fields: str = "id") -> dict[str, Any]:
        """`files.update` of Drive: metadata alone. Repeatable: the same words twice are the same file."""
        params = [("fields", fields), ("supportsAllDrives", "true")]
        return self.call("PATCH", f"{self.endpoints.drive}/files/{segment(file_id)}", params, body, repeatable=True)

    def drive_permissions_create(
        self, file_id: str, body: Mapping[str, Any], *, fields: str = "id", notify: bool = False
    ) -> dict[str, Any]:
        """`permissions.create`: shares a file. Repeatable: Drive keeps one permission a person and a file."""
        params = [
            ("fields", fields),
            ("supportsAllDrives", "true"),
            ("sendNotificationEmail", "true" if notify else "false"),
        ]
        url = f"{self.endpoints.drive}/files/{segment(file_id)}/permissions"
        return self.call("POST", url, params, body, repeatable=True)

    def api(self, name: str, version: str) -> Any:
        """Googleapiclient's service `name` (`drive`, `v3`) over this door."""
        from sync.google.clients import build_api  # noqa: PLC0415 - googleapiclient takes a while to import

        return build_api(self, name, version)

    def gspread(self) -> gspread.Client:
        """A gspread client over this door. It raises our errors, not gspread's `APIError`."""
        from sync.google.clients import gspread_client  # noqa: PLC0415 - gspread takes a while to import

        return gspread_client(self)


def segment(text: str) -> str:
    """A text as one segment of an address."""
    return quote(text, safe="")
