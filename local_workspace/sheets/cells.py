"""CellData from the API to a cell: the field mask decides which parts are written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local_workspace.http.fields import Mask, MaskSyntaxError, parse_mask

from .change import Refused, check_text, number_of
from .defaults import THEME
from .formula import Formula
from .model import EMPTY, Cell, Json, Value

WRITABLE = ("userEnteredValue", "userEnteredFormat", "note", "dataValidation", "textFormatRuns")
_EXTRA = ("pivotTable", "chipRuns", "dataSourceTable", "dataSourceFormula")
_READ_ONLY = ("effectiveValue", "effectiveFormat", "formattedValue", "hyperlink")

Writer = Callable[[Cell, Json], Cell]


def value_of(extended: Json | None) -> Value:
    """An ExtendedValue as a typed value. A `stringValue` is text whatever it looks like."""
    if not extended:
        return None
    if "stringValue" in extended:
        return check_text(extended["stringValue"]) or None
    if "numberValue" in extended:
        return number_of(extended["numberValue"])
    if "boolValue" in extended:
        return bool(extended["boolValue"])
    if "formulaValue" in extended:
        text = check_text(extended["formulaValue"])
        return Formula(text if text.startswith("=") else "=" + text)
    raise Refused("errorValue cannot be written")


def mask_of(fields: str | None) -> Mask:
    """The mask of an update request.

    Raises:
        Refused: it is missing or cannot be read.
    """
    if not fields:
        raise Refused("At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)")
    try:
        return parse_mask(fields)
    except MaskSyntaxError as error:
        raise Refused(f"Invalid field mask: {fields}") from error


def cell_writer(fields: str | None) -> Writer:
    """A function that writes the fields of a CellData that a mask names.

    Raises:
        Refused: the mask is missing, or names a field that does not exist.
    """
    mask = mask_of(fields)
    if mask.keys() == {"userEnteredValue"} and not mask["userEnteredValue"]:
        return _write_value
    if not mask:
        mask = {name: {} for name in (*WRITABLE, *_EXTRA)}
    for name in mask:
        if name not in WRITABLE and name not in _EXTRA and name not in _READ_ONLY:
            raise Refused(f"Invalid field: {name}")

    # Formats are shared between cells and never changed in place, so a pair that came before has its answer. The pair
    # is kept beside the answer, or its ids could become another's.
    formats: dict[tuple[int, int], tuple[Json | None, Json | None, Json | None]] = {}

    def formatted(old: Json | None, given: Json | None, below: Mask) -> Json | None:
        known = formats.get((id(old), id(given)))
        if known is None:
            known = formats[id(old), id(given)] = old, given, write_format(old, given, below)
        return known[2]

    def write(cell: Cell, data: Json) -> Cell:
        changes: Json = {}
        for name, below in mask.items():
            given = data.get(name)
            if name == "userEnteredValue":
                changes["value"] = value_of(given)
            elif name == "userEnteredFormat":
                changes["format"] = formatted(cell.format, given, below)
            elif name == "note":
                changes["note"] = given or None
            elif name == "dataValidation":
                changes["validation"] = patch(cell.validation, given, below) or None
            elif name == "textFormatRuns":
                changes["runs"] = given or None
            elif name in _EXTRA and (given or (cell.extra and name in cell.extra)):
                extra = {key: item for key, item in (cell.extra or {}).items() if key != name}
                changes["extra"] = {**extra, name: given} if given else (extra or None)
        return cell._replace(**changes)

    return write


def _write_value(cell: Cell, data: Json) -> Cell:
    given = data.get("userEnteredValue")
    text = given.get("stringValue") if given else None
    value = check_text(text) if text else value_of(given)
    return Cell(value) if cell is EMPTY else cell._replace(value=value)


def patch(old: Json | None, new: Json | None, mask: Mask) -> Json | None:
    """`old` with what the mask names taken from `new`; named and missing there means cleared."""
    if not mask or "*" in mask:
        return new
    out = dict(old or {})
    for name, below in mask.items():
        given = (new or {}).get(name)
        if below and (isinstance(given, dict) or isinstance(out.get(name), dict)):
            given = patch(out.get(name), given, below)
        if given is None or given == {}:
            out.pop(name, None)
            if given == {} and name in (new or {}):
                out[name] = given
        else:
            out[name] = given
    return out


def write_format(old: Json | None, new: Json | None, mask: Mask) -> Json | None:
    """A CellFormat patched; each colour and its `…Style` twin are kept the same, as Google does."""
    if not mask:
        return with_styles(new) if new else None
    return patch_styled(old, new, mask) or None


def patch_styled(old: Json | None, new: Json | None, mask: Mask) -> Json:
    """`patch` for what holds colours: one that is written wins over the old value of its `…Style` twin."""
    return with_styles(patch(_without_twins(old, mask), new, mask)) or {}


def _without_twins(value: Json | None, mask: Mask) -> Json | None:
    """Forget a colour whose twin is about to be written, or the two would disagree."""
    if not value:
        return value
    out = dict(value)
    for name, below in mask.items():
        twin = name.removesuffix("Style") if name.endswith("Style") else name + "Style"
        if name.removesuffix("Style").lower().endswith("color"):
            out.pop(twin, None)
        if below and isinstance(out.get(name), dict):
            out[name] = _without_twins(out[name], below)
    return out


def _is_color(name: str) -> bool:
    return name == "color" or name.endswith("Color")


_THEME_RGB = {entry["colorType"]: entry["color"]["rgbColor"] for entry in THEME["themeColors"]}


def with_styles(value: Any) -> Any:
    """Every colour beside its `…Style` twin: Google answers with both whichever was sent."""
    if isinstance(value, list):
        return [with_styles(item) for item in value]
    if not isinstance(value, dict):
        return value
    # A theme's colours are its own: they have no twins.
    out = {
        name: item if _is_color(name) or name == "spreadsheetTheme" else with_styles(item)
        for name, item in value.items()
    }
    for name in list(out):
        if name.endswith("ColorStyle") or name == "colorStyle":
            style = out[name]
            if isinstance(style, dict):
                rgb = style.get("rgbColor", _THEME_RGB.get(style.get("themeColor", ""), {}))
                out[name.removesuffix("Style")] = rgb
    for name in list(out):
        if _is_color(name) and isinstance(out[name], dict) and name + "Style" not in out and name != "rgbColor":
            out[name + "Style"] = {"rgbColor": out[name]}
    return out
