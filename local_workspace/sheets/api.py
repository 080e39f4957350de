"""The Sheets v4 endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local_workspace.http import legacy
from local_workspace.http.fields import EVERYTHING, Mask, MaskSyntaxError, parse_mask, select, sub_mask, wants
from local_workspace.http.router import Route
from local_workspace.http.wire import NEWER, ApiError, Request, Response, bad_request, whole

from .batch import bad_request_plain
from .change import Refused
from .metadata import search
from .ranges import Target, clipped, filtered, resolve
from .resource import Reader
from .values import DATES, INPUTS, RENDERINGS, Rendering, read

if TYPE_CHECKING:
    from local_workspace.workspace import LocalWorkspace

    from .a1 import Rect
    from .model import Json, Sheet, Spreadsheet

Args = dict[str, str]


def asked_mask(request: Request) -> Mask | None:
    """The `fields` parameter (or the X-Goog-FieldMask header); None when there is none.

    Raises:
        ApiError: 400 when it cannot be read.
    """
    text = request.param("fields") or request.param("$fields") or request.headers.get("x-goog-fieldmask", "")
    if not text:
        return None
    try:
        return parse_mask(text)
    except MaskSyntaxError as error:
        if request.path.startswith(NEWER):
            raise bad_request(f"Invalid field mask: {text}", "fields") from error
        raise legacy.invalid_parameter(f"Invalid field selection {text}", "fields") from error


def _choice(request: Request, name: str, choices: tuple[str, ...], default: str, kind: str) -> str:
    value = request.param(name) or default
    return _checked(value, name, choices, default, kind)


def _checked(value: str, name: str, choices: tuple[str, ...], default: str, kind: str) -> str:
    if value in choices:
        return value
    if value.endswith("_UNSPECIFIED"):
        return default
    path = "".join("_" + char.lower() if char.isupper() else char for char in name)
    full = f"type.googleapis.com/google.apps.sheets.v4.{kind}"
    raise bad_request(f"Invalid value at '{path}' ({full}), \"{value}\"", path)


def _rendering(request: Request, prefix: str = "") -> Rendering:
    def name(word: str) -> str:
        return "response" + word[0].upper() + word[1:] if prefix else word

    return Rendering(
        _choice(request, name("valueRenderOption"), RENDERINGS, "FORMATTED_VALUE", "ValueRenderOption"),
        _choice(request, name("dateTimeRenderOption"), DATES, "SERIAL_NUMBER", "DateTimeRenderOption"),
        _choice(request, "majorDimension", ("ROWS", "COLUMNS"), "ROWS", "Dimension"),
    )


def _body_rendering(body: Json, prefix: str = "") -> Rendering:
    def name(word: str) -> str:
        return "response" + word[0].upper() + word[1:] if prefix else word

    value, date = name("valueRenderOption"), name("dateTimeRenderOption")
    return Rendering(
        _checked(body.get(value, "FORMATTED_VALUE"), value, RENDERINGS, "FORMATTED_VALUE", "ValueRenderOption"),
        _checked(body.get(date, "SERIAL_NUMBER"), date, DATES, "SERIAL_NUMBER", "DateTimeRenderOption"),
        _checked(body.get("majorDimension", "ROWS"), "majorDimension", ("ROWS", "COLUMNS"), "ROWS", "Dimension"),
    )


def _input_option(value: str) -> str:
    if value in INPUTS:
        return value
    if not value or value == "INPUT_VALUE_OPTION_UNSPECIFIED":
        raise bad_request_plain("'valueInputOption' is required but not specified")
    return _checked(value, "valueInputOption", INPUTS, "RAW", "ValueInputOption")


def _reader(ws: LocalWorkspace, request: Request, book: Spreadsheet) -> Reader:
    owner = ws.files[book.id].owner == request.account
    return Reader(book, ws.engine(book.id), request.base_url, request.account, owner=owner)


# ---- spreadsheets


def create(ws: LocalWorkspace, request: Request, _args: Args) -> Response:
    """`spreadsheets.create`."""
    book = ws.create_spreadsheet(request.account, request.json())
    return Response(data=_reader(ws, request, book).spreadsheet(asked_mask(request)), masked=True)


def _cells(targets: list[Target]) -> list[tuple[Sheet, Rect]]:
    return [(target.sheet, target.rect) for target in targets]


def get(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`spreadsheets.get`."""
    book = ws.book(args["id"], request.account)
    texts = request.query.get("ranges")
    ranges = _cells([clipped(resolve(book, text)) for text in texts]) if texts else None
    reader = _reader(ws, request, book)
    return Response(
        data=reader.spreadsheet(asked_mask(request), ranges=ranges, grid_data=request.flag("includeGridData")),
        masked=True,
    )


def get_by_data_filter(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`spreadsheets.getByDataFilter`."""
    book = ws.book(args["id"], request.account)
    body = request.json()
    filters = body.get("dataFilters", [])
    ranges = _cells([target for item in filters for target in filtered(book, item)]) if filters else None
    grid_data = bool(body.get("includeGridData"))
    return Response(
        data=_reader(ws, request, book).spreadsheet(asked_mask(request), ranges=ranges, grid_data=grid_data),
        masked=True,
    )


def batch_update(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`spreadsheets.batchUpdate`."""
    body = request.json()
    mask = asked_mask(request)
    texts = body.get("responseRanges", [])
    replies = ws.mutate(
        args["id"],
        request.account,
        "batchUpdate",
        {"requests": body.get("requests", [])},
        # They may name what the requests make, and must not be refused once that is made.
        check=lambda book: [resolve(book, text) for text in texts],
    )
    out: Json = {"spreadsheetId": args["id"], "replies": replies}
    if body.get("includeSpreadsheetInResponse") and (mask is None or wants(mask, "updatedSpreadsheet")):
        book = ws.book(args["id"], request.account)
        ranges = _cells([clipped(resolve(book, text)) for text in texts]) if texts else None
        below = None if mask is None else sub_mask(mask, "updatedSpreadsheet")
        if below == EVERYTHING:
            below = None  # the mask asks for all of it: the body decides about the cells
        out["updatedSpreadsheet"] = _reader(ws, request, book).spreadsheet(
            below, ranges=ranges, grid_data=bool(body.get("responseIncludeGridData"))
        )
    plain = {name: item for name, item in out.items() if name != "updatedSpreadsheet"}
    if mask is not None:
        out = {**select(plain, mask), **{name: item for name, item in out.items() if name not in plain}}
    return Response(data=out, masked=True)


# ---- values


def _value_range(ws: LocalWorkspace, book: Spreadsheet, target: Target, how: Rendering) -> Json:
    return read(target, ws.engine(book.id).values(book, target.sheet), book.locale, how)


def values_get(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`values.get`."""
    book = ws.book(args["id"], request.account)
    return Response(data=_value_range(ws, book, resolve(book, args["range"]), _rendering(request)))


def values_batch_get(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`values.batchGet`."""
    book = ws.book(args["id"], request.account)
    how = _rendering(request)
    found = [_value_range(ws, book, resolve(book, text), how) for text in request.query.get("ranges", [])]
    return Response(data={"spreadsheetId": book.id, **({"valueRanges": found} if found else {})})


def values_batch_get_by_data_filter(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`values.batchGetByDataFilter`."""
    book = ws.book(args["id"], request.account)
    body = request.json()
    how = _body_rendering(body)
    found = [
        {"valueRange": _value_range(ws, book, target, how), "dataFilters": [item]}
        for item in body.get("dataFilters", [])
        for target in filtered(book, item)
    ]
    return Response(data={"spreadsheetId": book.id, **({"valueRanges": found} if found else {})})


def _update_reply(ws: LocalWorkspace, book: Spreadsheet, target: Target, body: Json, how: Rendering | None) -> Json:
    rows = body.get("values") or []
    high, wide = len(rows), max((len(row) for row in rows), default=0)
    if body.get("majorDimension") == "COLUMNS":
        high, wide = wide, high
    out: Json = {"spreadsheetId": book.id, "updatedRange": target.text}
    if high and wide:
        out |= {"updatedRows": high, "updatedColumns": wide, "updatedCells": sum(_given(row) for row in rows)}
    if how is not None:
        sheet = book.find(target.sheet.id)
        if sheet is not None:
            out["updatedData"] = _value_range(ws, book, Target(sheet, target.rect), how)
    return out


def _given(row: list[Any]) -> int:
    return sum(1 for value in row if value is not None)


def _same_cells(book: Spreadsheet, one: str, other: str) -> bool:
    """Whether two ranges name the same cells, however they are written."""
    first, second = resolve(book, one), resolve(book, other)
    return (first.sheet.id, first.rect) == (second.sheet.id, second.rect)


def values_update(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`values.update`."""
    body = request.json()
    option = _input_option(request.param("valueInputOption"))
    how = _rendering(request, "response") if request.flag("includeValuesInResponse") else None
    if "range" in body and not _same_cells(ws.book(args["id"], request.account), body["range"], args["range"]):
        raise bad_request_plain(
            f"Requested writing within range [{args['range']}], but the body names range [{body['range']}]"
        )
    data = [{**body, "range": args["range"]}]
    (target,) = ws.mutate(args["id"], request.account, "updateValues", {"data": data, "option": option})
    book = ws.book(args["id"], request.account)
    return Response(data=_update_reply(ws, book, target, body, how))


def values_append(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`values.append`."""
    body = request.json()
    option = _input_option(request.param("valueInputOption"))
    how = _rendering(request, "response") if request.flag("includeValuesInResponse") else None
    insert = request.param("insertDataOption") == "INSERT_ROWS"
    call = {"range": args["range"], "body": body, "option": option, "insert": insert}
    table, target = ws.mutate(args["id"], request.account, "appendValues", call)
    book = ws.book(args["id"], request.account)
    out: Json = {"spreadsheetId": book.id}
    if table is not None:
        out["tableRange"] = table.text
    out["updates"] = _update_reply(ws, book, target, body, how)
    return Response(data=out)


def values_clear(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`values.clear`."""
    request.json()
    (target,) = ws.mutate(args["id"], request.account, "clearValues", {"ranges": [args["range"]]})
    return Response(data={"spreadsheetId": args["id"], "clearedRange": target.text})


def values_batch_clear(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`values.batchClear` and values.batchClearByDataFilter."""
    body = request.json()
    call = {name: body[name] for name in ("ranges", "dataFilters") if name in body}
    cleared = ws.mutate(args["id"], request.account, "clearValues", call)
    return Response(data={"spreadsheetId": args["id"], "clearedRanges": [target.text for target in cleared]})


def values_batch_update(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`values.batchUpdate` and values.batchUpdateByDataFilter."""
    body = request.json()
    option = _input_option(body.get("valueInputOption", ""))
    data = body.get("data", [])
    how = _body_rendering(body, "response") if body.get("includeValuesInResponse") else None
    targets = ws.mutate(args["id"], request.account, "updateValues", {"data": data, "option": option})
    book = ws.book(args["id"], request.account)
    replies = []
    for item, target in _paired(book, data, targets):
        reply = _update_reply(ws, book, target, item, how)
        if "dataFilter" in item:
            del reply["spreadsheetId"]
            reply["dataFilter"] = item["dataFilter"]
        replies.append(reply)
    sheets = {target.sheet.id for target in targets}
    total = {
        "totalUpdatedRows": sum(reply.get("updatedRows", 0) for reply in replies),
        "totalUpdatedColumns": sum(reply.get("updatedColumns", 0) for reply in replies),
        "totalUpdatedCells": sum(reply.get("updatedCells", 0) for reply in replies),
        "totalUpdatedSheets": len(sheets),
    }
    return Response(data={"spreadsheetId": book.id, **{k: v for k, v in total.items() if v}, "responses": replies})


def _paired(book: Spreadsheet, data: list[Json], targets: list[Target]) -> list[tuple[Json, Target]]:
    """Each target with the ValueRange that wrote it; a data filter may have written several."""
    rest = iter(targets)
    pairs: list[tuple[Json, Target]] = []
    for item in data:
        count = len(filtered(book, item["dataFilter"])) if "dataFilter" in item else 1
        pairs.extend((item, target) for _, target in zip(range(count), rest, strict=False))
    return pairs


# ---- developer metadata and sheets


def metadata_get(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`developerMetadata`.get."""
    book = ws.book(args["id"], request.account)
    number = whole(args["metadata"])
    entry = None if number is None else book.metadata.get(number)
    if entry is None:
        raise ApiError(404, "Requested entity was not found.")
    return Response(data=entry.json())


def metadata_search(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`developerMetadata`.search."""
    book = ws.book(args["id"], request.account)
    matched: dict[int, Json] = {}
    for data_filter in request.json().get("dataFilters", []):
        try:
            entries = search(book, data_filter)
        except Refused as error:
            raise bad_request_plain(str(error)) from error
        for entry in entries:
            found = matched.setdefault(entry.id, {"developerMetadata": entry.json(), "dataFilters": []})
            found["dataFilters"].append(data_filter)
    return Response(data={"matchedDeveloperMetadata": list(matched.values())} if matched else {})


def copy_to(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`sheets.copyTo`."""
    book = ws.book(args["id"], request.account)
    number = whole(args["sheet"])
    sheet = None if number is None else book.find(number)
    if sheet is None:
        raise bad_request_plain(f"The sheet ({args['sheet']}) does not exist.")
    target = request.json().get("destinationSpreadsheetId", "")
    return Response(data=ws.copy_sheet(sheet, target, request.account))


_BASE = r"/v4/spreadsheets"
_ID = _BASE + r"/(?P<id>[^/:]+)"
_SCHEMA = "sheets.spreadsheets."

ROUTES = [
    Route("POST", _BASE, create, _SCHEMA + "create"),
    Route("GET", _ID, get, _SCHEMA + "get"),
    Route("POST", _ID + ":batchUpdate", batch_update, _SCHEMA + "batchUpdate"),
    Route("POST", _ID + ":getByDataFilter", get_by_data_filter, _SCHEMA + "getByDataFilter"),
    Route("POST", _ID + "/values:batchUpdate", values_batch_update, _SCHEMA + "values.batchUpdate"),
    Route(
        "POST",
        _ID + "/values:batchUpdateByDataFilter",
        values_batch_update,
        _SCHEMA + "values.batchUpdateByDataFilter",
    ),
    Route("POST", _ID + "/values:batchClear", values_batch_clear, _SCHEMA + "values.batchClear"),
    Route(
        "POST",
        _ID + "/values:batchClearByDataFilter",
        values_batch_clear,
        _SCHEMA + "values.batchClearByDataFilter",
    ),
    Route("GET", _ID + "/values:batchGet", values_batch_get, _SCHEMA + "values.batchGet"),
    Route(
        "POST",
        _ID + "/values:batchGetByDataFilter",
        values_batch_get_by_data_filter,
        _SCHEMA + "values.batchGetByDataFilter",
    ),
    Route("POST", _ID + r"/values/(?P<range>.+):append", values_append, _SCHEMA + "values.append"),
    Route("POST", _ID + r"/values/(?P<range>.+):clear", values_clear, _SCHEMA + "values.clear"),
    Route("PUT", _ID + r"/values/(?P<range>.+)", values_update, _SCHEMA + "values.update"),
    Route("GET", _ID + r"/values/(?P<range>.+)", values_get, _SCHEMA + "values.get"),
    Route("POST", _ID + "/developerMetadata:search", metadata_search, _SCHEMA + "developerMetadata.search"),
    Route("GET", _ID + r"/developerMetadata/(?P<metadata>\d+)", metadata_get, _SCHEMA + "developerMetadata.get"),
    Route("POST", _ID + r"/sheets/(?P<sheet>\d+):copyTo", copy_to, _SCHEMA + "sheets.copyTo"),
]
