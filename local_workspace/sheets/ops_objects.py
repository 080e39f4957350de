"""batchUpdate kinds for what lies over the cells: names, protections, filters, formats by rule, banding."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from local_workspace.http.wire import whole

from .a1 import MAX_COLUMNS
from .cells import mask_of, patch, patch_styled, with_styles
from .change import Change, Refused, span_rect
from .ops_data import sort_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from .model import Json, Sheet, Spreadsheet


def _all_ids(book: Spreadsheet, name: str, field: str) -> set[int]:
    return {int(item[field]) for sheet in book.sheets for item in sheet.items(name)}


def numbered(change: Change, item: Json, name: str, field: str, what: str) -> Json:
    """The object with an id: the one asked for, if free, or a new one."""
    taken = _all_ids(change.book, name, field)
    wanted = item.get(field)
    if wanted is None or wanted == 0:
        return {field: change.new_id(taken.__contains__), **{k: v for k, v in item.items() if k != field}}
    if int(wanted) in taken:
        raise Refused(f"{what} with id: {wanted} already exists.")
    return item


def find(change: Change, name: str, field: str, wanted: int, what: str) -> tuple[Sheet, Json]:
    """An object by its id, and the tab it is on.

    Raises:
        Refused: there is none.
    """
    for sheet in change.book.sheets:
        for item in sheet.items(name):
            if int(item[field]) == int(wanted):
                return sheet, item
    raise Refused(f"No {what} with id: {wanted}")


def put(change: Change, sheet: Sheet, name: str, old: Json, new: Json | None) -> None:
    """Replace an object in one of the tab's lists, or take it out."""
    sheet = change.own(sheet)
    items = [new if item is old else item for item in sheet.items(name)]
    sheet.set_list(name, [item for item in items if item is not None])


def _placed(span: Json) -> Json:
    return {
        "sheetId": span.get("sheetId", 0),
        **{key: value for key, value in span.items() if key != "sheetId"},
    }


# ---- named ranges

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,249}")
_CELL_LIKE = re.compile(r"[A-Za-z]{1,3}\d+|[Rr]\d*[Cc]\d*|true|false", re.IGNORECASE)


def _check_name(change: Change, name: str, but: str | None = None) -> None:
    if not _NAME.fullmatch(name) or _CELL_LIKE.fullmatch(name):
        raise Refused(f"The name of the named range is invalid: {name}")
    for other in change.book.named_ranges:
        if other["name"].casefold() == name.casefold() and other["namedRangeId"] != but:
            raise Refused(f"A named range with name '{name}' already exists. Please enter another name.")


def add_named_range(change: Change, body: Json) -> Json:
    """`addNamedRange`."""
    given = body.get("namedRange", {})
    change.rect(given.get("range", {}))
    _check_name(change, given.get("name", ""))
    taken = {str(item["namedRangeId"]) for item in change.book.named_ranges}
    wanted = given.get("namedRangeId") or str(change.new_id(lambda number: str(number) in taken))
    if wanted in taken:
        raise Refused(f"A named range with id: {wanted} already exists.")
    named = {"namedRangeId": wanted, "name": given["name"], "range": _placed(given.get("range", {}))}
    change.book.named_ranges = [*change.book.named_ranges, named]
    return {"namedRange": named}


def _named(change: Change, wanted: str | None) -> Json:
    for item in change.book.named_ranges:
        if item["namedRangeId"] == wanted:
            return item
    raise Refused(f"No named range with id: {wanted}")


def update_named_range(change: Change, body: Json) -> None:
    """`updateNamedRange`."""
    given = body.get("namedRange", {})
    old = _named(change, given.get("namedRangeId"))
    new = patch(old, given, mask_of(body.get("fields"))) or {}
    new["namedRangeId"] = old["namedRangeId"]
    _check_name(change, new.get("name", ""), but=old["namedRangeId"])
    change.rect(new.get("range", {}))
    new["range"] = _placed(new.get("range", {}))
    change.book.named_ranges = [new if item is old else item for item in change.book.named_ranges]


def delete_named_range(change: Change, body: Json) -> None:
    """`deleteNamedRange`."""
    old = _named(change, body.get("namedRangeId"))
    change.book.named_ranges = [item for item in change.book.named_ranges if item is not old]


# ---- protected ranges


def _protection(change: Change, item: Json) -> tuple[Sheet, Json]:
    if "namedRangeId" in item and "range" not in item:
        item = {**item, "range": _named(change, item["namedRangeId"])["range"]}
    span = item.get("range")
    if span is None:
        raise Refused("Protected range must have a range, a namedRangeId or a tableId.")
    sheet, _ = change.rect(span)
    if item.get("warningOnly"):
        if item.get("editors"):
            raise Refused("Editors cannot be set when warningOnly is true.")
    elif "editors" not in item or not any(item["editors"].values()):
        # Google puts the one who protects among the editors: nobody can lock themselves out.
        item = {**item, "editors": {"users": [change.actor]}}
    return sheet, {**item, "range": _placed(span)}


def add_protected_range(change: Change, body: Json) -> Json:
    """`addProtectedRange`."""
    item = numbered(change, body.get("protectedRange", {}), "protectedRanges", "protectedRangeId", "A protected range")
    sheet, item = _protection(change, item)
    sheet = change.own(sheet)
    sheet.set_list("protectedRanges", [*sheet.items("protectedRanges"), item])
    return {"protectedRange": {**item, "requestingUserCanEdit": True}}


def _may_change(change: Change, sheet: Sheet, item: Json) -> None:
    change.guard(sheet, span_rect(item["range"], sheet))


def update_protected_range(change: Change, body: Json) -> None:
    """`updateProtectedRange`."""
    given = body.get("protectedRange", {})
    wanted = int(given.get("protectedRangeId", 0))
    sheet, old = find(change, "protectedRanges", "protectedRangeId", wanted, "protected range")
    _may_change(change, sheet, old)
    new = patch(old, given, mask_of(body.get("fields"))) or {}
    if new.get("warningOnly"):
        new.pop("editors", None)
    target, new = _protection(change, {**new, "protectedRangeId": wanted})
    if target.id == sheet.id:
        put(change, sheet, "protectedRanges", old, new)
        return
    put(change, sheet, "protectedRanges", old, None)
    target = change.own(target)
    target.set_list("protectedRanges", [*target.items("protectedRanges"), new])


def delete_protected_range(change: Change, body: Json) -> None:
    """`deleteProtectedRange`."""
    wanted = int(body.get("protectedRangeId", 0))
    sheet, old = find(change, "protectedRanges", "protectedRangeId", wanted, "protected range")
    _may_change(change, sheet, old)
    put(change, sheet, "protectedRanges", old, None)


# ---- filters


def set_basic_filter(change: Change, body: Json) -> None:
    """`setBasicFilter`; its sort specs sort the rows below the header."""
    given = dict(body.get("filter", {}))
    sheet, area = change.rect(given.get("range", {}))
    given["range"] = {**_placed(given.get("range", {})), **_ends_of(area)}
    specs = given.get("sortSpecs")
    if specs and area.height > 1:
        below = type(area)(area.top + 1, area.left, area.bottom, area.right)
        change.guard(sheet, below)
        sort_rows(change, sheet, below, specs)
        sheet = change.sheet(sheet.id)
    sheet = change.own(sheet)
    sheet.basic_filter = _filter(given)


def _ends_of(area: object) -> Json:
    return {
        "startRowIndex": area.top,  # type: ignore[attr-defined]
        "endRowIndex": area.bottom,  # type: ignore[attr-defined]
        "startColumnIndex": area.left,  # type: ignore[attr-defined]
        "endColumnIndex": area.right,  # type: ignore[attr-defined]
    }


def _filter(given: Json) -> Json:
    """A filter as Google answers it: `criteria` and `filterSpecs` say the same thing twice."""
    out = dict(given)
    for at in out.get("criteria", {}):
        column = whole(at)
        if column is None or column >= MAX_COLUMNS:
            raise Refused(f"criteria has the key {at[:20]!r}, which is no column index.")
    if "filterSpecs" in out and "criteria" not in out:
        out["criteria"] = {
            str(spec.get("columnIndex", 0)): spec.get("filterCriteria", {}) for spec in out["filterSpecs"]
        }
    elif "criteria" in out:
        out["filterSpecs"] = [
            {"filterCriteria": criteria, "columnIndex": int(at)} for at, criteria in out["criteria"].items()
        ]
    return with_styles(out)  # type: ignore[no-any-return]


def clear_basic_filter(change: Change, body: Json) -> None:
    """`clearBasicFilter`."""
    change.own(change.sheet(body.get("sheetId"))).basic_filter = None


def add_filter_view(change: Change, body: Json) -> Json:
    """`addFilterView`."""
    given = body.get("filter", {})
    if "namedRangeId" in given and "range" not in given:
        given = {**given, "range": _named(change, given["namedRangeId"])["range"]}
    item = numbered(change, given, "filterViews", "filterViewId", "A filter view")
    sheet, _ = change.rect(item.get("range", {}))
    sheet = change.own(sheet)
    if not item.get("title"):
        item = {**item, "title": f"Filter {len(sheet.items('filterViews')) + 1}"}
    item = _filter({**item, "range": _placed(item.get("range", {}))})
    sheet.set_list("filterViews", [*sheet.items("filterViews"), item])
    return {"filter": item}


def update_filter_view(change: Change, body: Json) -> None:
    """`updateFilterView`."""
    given = body.get("filter", {})
    wanted = int(given.get("filterViewId", 0))
    sheet, old = find(change, "filterViews", "filterViewId", wanted, "filter view")
    mask = mask_of(body.get("fields"))
    base = {key: value for key, value in old.items() if key not in ("criteria", "filterSpecs") or key in given}
    if not {"criteria", "filterSpecs"} & set(mask) and mask:
        base = old
    new = _filter({**(patch(base, given, mask) or {}), "filterViewId": wanted})
    change.rect(new.get("range", {}))
    new["range"] = _placed(new.get("range", {}))
    put(change, sheet, "filterViews", old, new)


def delete_filter_view(change: Change, body: Json) -> None:
    """`deleteFilterView`."""
    sheet, old = find(change, "filterViews", "filterViewId", int(body.get("filterId", 0)), "filter view")
    put(change, sheet, "filterViews", old, None)


def duplicate_filter_view(change: Change, body: Json) -> Json:
    """`duplicateFilterView`."""
    sheet, old = find(change, "filterViews", "filterViewId", int(body.get("filterId", 0)), "filter view")
    copy = {key: value for key, value in old.items() if key != "filterViewId"}
    copy["title"] = f"Copy of {old['title']}"
    return add_filter_view(change, {"filter": copy}) if sheet else {}


# ---- conditional formats, addressed by their place in the list


def _rule_sheet(change: Change, rule: Json) -> Sheet:
    ranges = rule.get("ranges", [])
    if not ranges:
        raise Refused("ranges must not be empty.")
    sheets = {change.rect(span)[0].id for span in ranges}
    if len(sheets) != 1:
        raise Refused("All ranges of a conditional format rule must be on the same sheet.")
    return change.sheet(sheets.pop())


def _rule(rule: Json) -> Json:
    kinds = [name for name in ("booleanRule", "gradientRule") if name in rule]
    if len(kinds) != 1:
        raise Refused("Either booleanRule or gradientRule must be set.")
    return {**with_styles(rule), "ranges": [_placed(span) for span in rule["ranges"]]}


def add_conditional_format_rule(change: Change, body: Json) -> None:
    """`addConditionalFormatRule`."""
    rule = body.get("rule", {})
    sheet = change.own(_rule_sheet(change, rule))
    rules = list(sheet.items("conditionalFormats"))
    index = int(body.get("index", len(rules) if "index" in body else 0))
    if not 0 <= index <= len(rules):
        raise Refused(f"No conditional format on sheet: {sheet.id} at index: {index}")
    rules.insert(index, _rule(rule))
    sheet.set_list("conditionalFormats", rules)


def _rule_at(change: Change, body: Json) -> tuple[Sheet, list[Json], int]:
    sheet = change.own(change.sheet(body.get("sheetId")))
    rules = list(sheet.items("conditionalFormats"))
    index = int(body.get("index", 0))
    if not 0 <= index < len(rules):
        raise Refused(f"No conditional format on sheet: {sheet.id} at index: {index}")
    return sheet, rules, index


def update_conditional_format_rule(change: Change, body: Json) -> Json:
    """`updateConditionalFormatRule`: another rule in its place, or another place."""
    if "rule" in body and "sheetId" not in body:
        body = {**body, "sheetId": _rule_sheet(change, body["rule"]).id}
    sheet, rules, index = _rule_at(change, body)
    old = rules[index]
    if "newIndex" in body:
        to = int(body["newIndex"])
        if not 0 <= to < len(rules):
            raise Refused(f"No conditional format on sheet: {sheet.id} at index: {to}")
        rules.insert(to, rules.pop(index))
        sheet.set_list("conditionalFormats", rules)
        return {"newRule": old, "newIndex": to, "oldRule": old, "oldIndex": index}
    _rule_sheet(change, body.get("rule", {}))
    rules[index] = _rule(body["rule"])
    sheet.set_list("conditionalFormats", rules)
    return {"oldRule": old, "newRule": rules[index], "newIndex": index}


def delete_conditional_format_rule(change: Change, body: Json) -> Json:
    """`deleteConditionalFormatRule`."""
    sheet, rules, index = _rule_at(change, body)
    gone = rules.pop(index)
    sheet.set_list("conditionalFormats", rules)
    return {"rule": gone}


# ---- banding


def _check_banding(change: Change, item: Json) -> Sheet:
    sheet, area = change.rect(item.get("range", {}))
    for other in sheet.items("bandedRanges"):
        if other["bandedRangeId"] != item["bandedRangeId"] and span_rect(other["range"], sheet).intersects(area):
            raise Refused(
                "You cannot add alternating background colors to a range that already has alternating "
                "background colors."
            )
    return sheet


def add_banding(change: Change, body: Json) -> Json:
    """`addBanding`; a range can be banded once."""
    item = numbered(change, body.get("bandedRange", {}), "bandedRanges", "bandedRangeId", "A banded range")
    sheet = change.own(_check_banding(change, item))
    item = {**with_styles(item), "range": _placed(item.get("range", {}))}
    sheet.set_list("bandedRanges", [*sheet.items("bandedRanges"), item])
    return {"bandedRange": item}


def update_banding(change: Change, body: Json) -> None:
    """`updateBanding`."""
    given = body.get("bandedRange", {})
    wanted = int(given.get("bandedRangeId", 0))
    sheet, old = find(change, "bandedRanges", "bandedRangeId", wanted, "banded range")
    new = {**patch_styled(old, given, mask_of(body.get("fields"))), "bandedRangeId": wanted}
    _check_banding(change, new)
    new["range"] = _placed(new.get("range", {}))
    put(change, sheet, "bandedRanges", old, new)


def delete_banding(change: Change, body: Json) -> None:
    """`deleteBanding`."""
    wanted = int(body.get("bandedRangeId", 0))
    sheet, old = find(change, "bandedRanges", "bandedRangeId", wanted, "banded range")
    put(change, sheet, "bandedRanges", old, None)


KINDS: dict[str, Callable[[Change, Json], Json | None]] = {
    "addNamedRange": add_named_range,
    "updateNamedRange": update_named_range,
    "deleteNamedRange": delete_named_range,
    "addProtectedRange": add_protected_range,
    "updateProtectedRange": update_protected_range,
    "deleteProtectedRange": delete_protected_range,
    "setBasicFilter": set_basic_filter,
    "clearBasicFilter": clear_basic_filter,
    "addFilterView": add_filter_view,
    "updateFilterView": update_filter_view,
    "deleteFilterView": delete_filter_view,
    "duplicateFilterView": duplicate_filter_view,
    "addConditionalFormatRule": add_conditional_format_rule,
    "updateConditionalFormatRule": update_conditional_format_rule,
    "deleteConditionalFormatRule": delete_conditional_format_rule,
    "addBanding": add_banding,
    "updateBanding": update_banding,
    "deleteBanding": delete_banding,
}
