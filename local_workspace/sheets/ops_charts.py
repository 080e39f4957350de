"""batchUpdate kinds for charts and slicers: kept and given back; the pages draw the charts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .cells import mask_of, patch, patch_styled, with_styles
from .change import Change, Refused
from .ops_objects import find, numbered, put
from .ops_sheets import new_sheet

if TYPE_CHECKING:
    from collections.abc import Callable

    from .model import Json, Sheet


def add_chart(change: Change, body: Json) -> Json:
    """`addChart`; `newSheet` puts it on a tab of its own."""
    item = with_styles(numbered(change, body.get("chart", {}), "charts", "chartId", "A chart"))
    if "spec" not in item:
        raise Refused("Chart spec must be set.")
    _check_sources(change, item["spec"])
    position = dict(item.get("position", {}))
    if position.pop("newSheet", False):
        sheet = new_sheet(change, {"sheetType": "OBJECT"}, f"Chart{len(change.book.sheets) + 1}")
        sheet.rows, sheet.columns = [], []
        change.book.sheets.append(sheet)
        item["position"] = {"sheetId": sheet.id}
    else:
        anchor = position.get("overlayPosition", {}).get("anchorCell", {})
        sheet = change.own(change.sheet(anchor.get("sheetId", position.get("sheetId", change.book.sheets[0].id))))
        item["position"] = {"overlayPosition": _overlay(sheet, position.get("overlayPosition", {}))}
    sheet.set_list("charts", [*sheet.items("charts"), item])
    return {"chart": item}


def _check_sources(change: Change, value: Any) -> None:
    """Refuse a spec that draws from a tab that does not exist."""
    if isinstance(value, list):
        for item in value:
            _check_sources(change, item)
    elif isinstance(value, dict):
        for span in value.get("sources", []):
            change.sheet(span.get("sheetId"), "grid")
        for item in value.values():
            _check_sources(change, item)


def _overlay(sheet: Sheet, given: Json) -> Json:
    anchor = {"sheetId": sheet.id, "rowIndex": 0, "columnIndex": 0, **given.get("anchorCell", {})}
    anchor = {key: value for key, value in anchor.items() if key == "sheetId" or value}
    size = {"widthPixels": given.get("widthPixels", 600), "heightPixels": given.get("heightPixels", 371)}
    return {"anchorCell": anchor, **{k: v for k, v in given.items() if k.startswith("offset") and v}, **size}


def update_chart_spec(change: Change, body: Json) -> None:
    """`updateChartSpec`: the whole spec is replaced."""
    sheet, old = find(change, "charts", "chartId", int(body.get("chartId", 0)), "chart")
    if "spec" not in body:
        raise Refused("Chart spec must be set.")
    _check_sources(change, body["spec"])
    put(change, sheet, "charts", old, {**old, "spec": with_styles(body["spec"])})


def _embedded(change: Change, wanted: int) -> tuple[Sheet, str, Json]:
    for sheet in change.book.sheets:
        for name, field in (("charts", "chartId"), ("slicers", "slicerId")):
            for item in sheet.items(name):
                if item[field] == wanted:
                    return sheet, name, item
    raise Refused(f"No embedded object with id: {wanted}")


def update_embedded_object_position(change: Change, body: Json) -> Json:
    """`updateEmbeddedObjectPosition`."""
    sheet, name, old = _embedded(change, int(body.get("objectId", 0)))
    mask = mask_of(body.get("fields"))
    given = body.get("newPosition", {}).get("overlayPosition", {})
    before = old["position"].get("overlayPosition", {})
    below = mask.get("overlayPosition", mask)
    merged = patch(before, given, {} if "*" in below else below) or {}
    target = change.own(change.sheet(merged.get("anchorCell", {}).get("sheetId", sheet.id)))
    new = {**old, "position": {"overlayPosition": _overlay(target, merged)}}
    if target.id == sheet.id:
        put(change, target, name, old, new)
    else:
        put(change, sheet, name, old, None)
        target.set_list(name, [*target.items(name), new])
    return {"position": new["position"]}


def update_embedded_object_border(change: Change, body: Json) -> None:
    """`updateEmbeddedObjectBorder` of a chart; a slicer has none."""
    sheet, old = find(change, "charts", "chartId", int(body.get("objectId", 0)), "chart")
    border = patch_styled(old.get("border"), body.get("border"), mask_of(body.get("fields")))
    plain = {name: item for name, item in old.items() if name != "border"}
    put(change, sheet, "charts", old, {**plain, "border": border} if border else plain)


def delete_embedded_object(change: Change, body: Json) -> None:
    """`deleteEmbeddedObject`."""
    sheet, name, old = _embedded(change, int(body.get("objectId", 0)))
    put(change, sheet, name, old, None)


def add_slicer(change: Change, body: Json) -> Json:
    """`addSlicer`."""
    item = with_styles(numbered(change, body.get("slicer", {}), "slicers", "slicerId", "A slicer"))
    overlay = item.get("position", {}).get("overlayPosition", {})
    anchor = overlay.get("anchorCell", {})
    sheet = change.own(change.sheet(anchor.get("sheetId")))
    item["position"] = {"overlayPosition": _overlay(sheet, overlay)}
    sheet.set_list("slicers", [*sheet.items("slicers"), item])
    return {"slicer": item}


def update_slicer_spec(change: Change, body: Json) -> None:
    """`updateSlicerSpec`."""
    sheet, old = find(change, "slicers", "slicerId", int(body.get("slicerId", 0)), "slicer")
    spec = patch_styled(old.get("spec"), body.get("spec"), mask_of(body.get("fields")))
    put(change, sheet, "slicers", old, {**old, "spec": spec})


KINDS: dict[str, Callable[[Change, Json], Json | None]] = {
    "addChart": add_chart,
    "updateChartSpec": update_chart_spec,
    "updateEmbeddedObjectPosition": update_embedded_object_position,
    "updateEmbeddedObjectBorder": update_embedded_object_border,
    "deleteEmbeddedObject": delete_embedded_object,
    "addSlicer": add_slicer,
    "updateSlicerSpec": update_slicer_spec,
}
