"""spreadsheets.batchUpdate: the requests in turn on one draft, all of them or none."""

from __future__ import annotations

from collections.abc import Callable

from local_workspace.http.wire import ApiError, bad_request

from . import metadata, ops_cells, ops_charts, ops_data, ops_dims, ops_objects, ops_ranges, ops_sheets
from .change import Change, Refused
from .model import Json

Kind = Callable[[Change, Json], Json | None]

KINDS: dict[str, Kind] = {
    **ops_cells.KINDS,
    **ops_data.KINDS,
    **ops_dims.KINDS,
    **ops_ranges.KINDS,
    **ops_sheets.KINDS,
    **ops_objects.KINDS,
    **ops_charts.KINDS,
    **metadata.KINDS,
}
"""Every kind of request that is carried out."""


def apply(change: Change, requests: list[Json]) -> list[Json]:
    """Carry out the requests on the draft; gives the replies.

    Raises:
        ApiError: 400 that names the request, as Google words it.
    """
    if not requests:
        raise bad_request_plain("Must specify at least one request.")
    replies: list[Json] = []
    for index, request in enumerate(requests):
        if not request:
            raise bad_request_plain(f"Invalid requests[{index}]: No request set.")
        name, body = next(iter(request.items()))
        kind = KINDS.get(name)
        if kind is None:
            raise bad_request_plain(
                f"Invalid requests[{index}].{name}: The local workspace does not carry out this kind of "
                "request. See docs/local-workspace.md for what it does."
            )
        try:
            reply = kind(change, body)
        except Refused as error:
            raise bad_request_plain(f"Invalid requests[{index}].{name}: {error}") from error
        replies.append({name: reply} if reply is not None and name in REPLYING else {})
    return replies


REPLYING = frozenset(
    (
        "addNamedRange",
        "addSheet",
        "addFilterView",
        "duplicateFilterView",
        "duplicateSheet",
        "findReplace",
        "addChart",
        "updateEmbeddedObjectPosition",
        "addProtectedRange",
        "addBanding",
        "createDeveloperMetadata",
        "updateDeveloperMetadata",
        "deleteDeveloperMetadata",
        "addDimensionGroup",
        "deleteDimensionGroup",
        "trimWhitespace",
        "deleteDuplicates",
        "addSlicer",
        "updateConditionalFormatRule",
        "deleteConditionalFormatRule",
    )
)
"""Kinds with a reply; the others answer {}."""


def bad_request_plain(message: str) -> ApiError:
    """A 400 without details: what batchUpdate answers (recorded)."""
    error = bad_request(message)
    error.details = None
    return error
