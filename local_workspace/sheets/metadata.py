"""Developer metadata: created, searched, updated and deleted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .cells import mask_of
from .change import Change, Refused, checked_rect
from .model import Json, Metadata, Sheet, Spreadsheet

if TYPE_CHECKING:
    from .a1 import Rect

MAX_KEY = 128
_WRITABLE = ("metadataKey", "metadataValue", "location", "visibility")


def create(change: Change, body: Json) -> Json:
    """`createDeveloperMetadata`; an id that is taken refuses the batch, which makes it a compare-and-set."""
    given = body.get("developerMetadata", {})
    book = change.book
    wanted = given.get("metadataId")
    if wanted is not None and int(wanted) in book.metadata:
        raise Refused(f"DeveloperMetadata with ID {wanted} already exists.")
    number = int(wanted) if wanted is not None else change.new_id(book.metadata.__contains__)
    key = given.get("metadataKey", "")
    if not key or len(key) > MAX_KEY:
        raise Refused("DeveloperMetadata.metadataKey must be set." if not key else "metadataKey is too long.")
    visibility = given.get("visibility", "DEVELOPER_METADATA_VISIBILITY_UNSPECIFIED")
    if visibility not in ("DOCUMENT", "PROJECT"):
        raise Refused("DeveloperMetadata.visibility must be specified.")
    entry = _located(change, Metadata(number, key, given.get("metadataValue"), visibility), given.get("location", {}))
    book.metadata[number] = entry
    return {"developerMetadata": entry.json()}


def _located(change: Change, entry: Metadata, location: Json) -> Metadata:
    if location.get("spreadsheet"):
        return replace(entry, sheet_id=None, dimension=None, index=None)
    span = location.get("dimensionRange")
    if span is None:
        if "sheetId" not in location:
            raise Refused("DeveloperMetadata.location must be specified.")
        return replace(entry, sheet_id=change.sheet(location["sheetId"]).id, dimension=None, index=None)
    sheet = change.sheet(span.get("sheetId"))
    rows = span.get("dimension") == "ROWS"
    if not rows and span.get("dimension") != "COLUMNS":
        raise Refused("No dimension specified.")
    size = len(sheet.rows) if rows else len(sheet.columns)
    start, end = int(span.get("startIndex", 0)), int(span.get("endIndex", size))
    if end - start != 1:
        raise Refused("DeveloperMetadata can only be associated with a single row or column.")
    if not 0 <= start < size:
        raise Refused(f"dimensionRange.startIndex[{start}] is outside of the grid of {size}.")
    return replace(entry, sheet_id=sheet.id, dimension="ROWS" if rows else "COLUMNS", index=start)


def update(change: Change, body: Json) -> Json:
    """`updateDeveloperMetadata`: every entry that a data filter matches."""
    given = body.get("developerMetadata", {})
    mask = mask_of(body.get("fields")) or {name: {} for name in _WRITABLE if name in given}
    unknown = sorted(set(mask) - {*_WRITABLE, "metadataId"})
    if unknown:
        raise Refused(f"Invalid field: {unknown[0]}")
    matched = list(_matched(change.book, body.get("dataFilters", [])))
    for old in matched:
        new = old
        if "metadataKey" in mask:
            new = replace(new, key=given.get("metadataKey", ""))
        if "metadataValue" in mask:
            new = replace(new, value=given.get("metadataValue"))
        if "visibility" in mask:
            new = replace(new, visibility=given.get("visibility", new.visibility))
        if "location" in mask:
            new = _located(change, new, given.get("location", {}))
        change.book.metadata[old.id] = new
    return {"developerMetadata": [change.book.metadata[old.id].json() for old in matched]}


def delete(change: Change, body: Json) -> Json:
    """`deleteDeveloperMetadata`: every entry that the data filter matches."""
    matched = list(_matched(change.book, [body.get("dataFilter", {})]))
    for entry in matched:
        del change.book.metadata[entry.id]
    return {"deletedDeveloperMetadata": [entry.json() for entry in matched]}


def _matched(book: Spreadsheet, filters: list[Json]) -> list[Metadata]:
    found: dict[int, Metadata] = {}
    for data_filter in filters:
        for entry in search(book, data_filter):
            found[entry.id] = entry
    return list(found.values())


def search(book: Spreadsheet, data_filter: Json) -> list[Metadata]:
    """The entries that a DataFilter matches.

    Raises:
        Refused: the filter is empty or names a range that does not exist.
    """
    if "developerMetadataLookup" in data_filter:
        lookup = data_filter["developerMetadataLookup"]
        return [entry for entry in book.metadata.values() if _matches(entry, lookup)]
    if "gridRange" in data_filter:
        span = data_filter["gridRange"]
        sheet = book.find(int(span.get("sheetId", 0)))
        if sheet is None:
            raise Refused(f"No grid with id: {span.get('sheetId', 0)}")
        area = checked_rect(span, sheet)
        return [entry for entry in book.metadata.values() if _touches(entry, sheet, area)]
    raise Refused("DataFilter must specify a developerMetadataLookup or a gridRange.")


def _touches(entry: Metadata, sheet: Sheet, area: Rect) -> bool:
    if entry.sheet_id != sheet.id:
        return False
    if entry.index is None:
        return area.contains(sheet.whole())
    if entry.dimension == "ROWS":
        return area.top <= entry.index < area.bottom and area.left == 0 and area.right == len(sheet.columns)
    return area.left <= entry.index < area.right and area.top == 0 and area.bottom == len(sheet.rows)


def _matches(entry: Metadata, lookup: Json) -> bool:
    if "metadataId" in lookup and int(lookup["metadataId"]) != entry.id:
        return False
    if "metadataKey" in lookup and lookup["metadataKey"] != entry.key:
        return False
    if "metadataValue" in lookup and lookup["metadataValue"] != entry.value:
        return False
    if lookup.get("visibility") in ("DOCUMENT", "PROJECT") and lookup["visibility"] != entry.visibility:
        return False
    location = entry.location()
    kind = lookup.get("locationType", "DEVELOPER_METADATA_LOCATION_TYPE_UNSPECIFIED")
    if not kind.endswith("UNSPECIFIED") and kind != location["locationType"]:
        return False
    wanted = lookup.get("metadataLocation")
    return wanted is None or _located_at(entry, wanted, lookup.get("locationMatchingStrategy", ""))


def _located_at(entry: Metadata, wanted: Json, strategy: str) -> bool:
    if wanted.get("spreadsheet"):
        return entry.sheet_id is None or strategy == "INTERSECTING_LOCATION"
    span = wanted.get("dimensionRange")
    if span is None:
        if "sheetId" not in wanted:
            return True
        return entry.sheet_id == int(wanted["sheetId"]) and (entry.index is None or strategy == "INTERSECTING_LOCATION")
    if entry.sheet_id != int(span.get("sheetId", 0)):
        return strategy == "INTERSECTING_LOCATION" and entry.sheet_id is None
    if entry.index is None or entry.dimension != span.get("dimension"):
        return strategy == "INTERSECTING_LOCATION"
    return int(span.get("startIndex", 0)) <= entry.index < int(span.get("endIndex", 1 << 31))


KINDS = {
    "createDeveloperMetadata": create,
    "updateDeveloperMetadata": update,
    "deleteDeveloperMetadata": delete,
}
