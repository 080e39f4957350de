"""The use case behind `sensync check`: everything a run needs, looked at line by line, nothing changed.

Each look is a small function that gives lines; a later look is left out where an earlier one has shown that
it cannot succeed, so that one fault is reported once and not five times.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING

from sync.domain.errors import NeedsPersonError, RefusedError, SensyncError
from sync.google.credentials import open_door
from sync.google.errors import GoogleNeedsPersonError
from sync.service.check_features import look_at_features
from sync.service.check_hooks import look_at_hooks
from sync.service.check_line import CheckLine, failed
from sync.service.which import require_same
from sync.store import Store, Workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sync.config import Settings
    from sync.google.door import Door

LARGEST_SKEW = timedelta(minutes=2)
"""Some five minutes off, Google refuses a signed sign-in; the Change log's times mislead well before that."""

_NO_SUCH_FILE = "sensync-check-there-is-no-such-spreadsheet"


__all__ = ["CheckLine", "check"]


def check(settings: Settings, open_with: Callable[..., Door] = open_door) -> Iterator[CheckLine]:
    """Looks at the store, the MIS files, the credential, the clock, the APIs and the workbook, in this order.

    Then at what is switched on beside the workbook: one line for each, with a token of its own scopes; and at whether
    the hooks of the forms were heard.

    Lines come as soon as they are known. Nothing is written but the store's own tables, where they are
    missing.

    Args:
        settings: the configuration.
        open_with: opens the door for `settings.google`, and for `scopes` where they are given.
    """
    yield CheckLine(
        "Configuration",
        passed=True,
        found=f"{settings.school.name} ({settings.school.la}/{settings.school.estab})",
    )
    workbook: Workbook | None = None
    try:
        workbook = _look_at_store(settings)
        yield CheckLine("Store", passed=True, found="can be read and written")
    except SensyncError as error:
        yield failed("Store", error)
    try:
        require_same(workbook, settings.workbook.spreadsheet_id)
    except RefusedError as error:
        yield failed("Workbook's id", error)
    for path in settings.mis.paths:
        yield _look_at_mis_path(path)
    accepted = False
    try:
        door = open_with(settings.google)
    except SensyncError as error:
        yield failed("Credential", error)
    else:
        with door:
            for line in _look_at_google(settings, door, workbook):
                accepted |= line.name == "Credential" and line.passed
                yield line
    yield from look_at_features(settings, open_with, google=accepted)
    yield from look_at_hooks(settings)


def _look_at_store(settings: Settings) -> Workbook | None:
    with Store(settings.store.url) as store:
        store.migrate()
        # A lease is a real write: it finds a full disk or a read-only file, and leaves nothing behind.
        with store.lease("check", "sensync check", ttl_seconds=10):
            return store.workbook(settings.school.key)


def _look_at_mis_path(path: Path) -> CheckLine:
    name = "MIS files"
    repair = "Correct [mis] paths, or look whether the MIS still writes its files there."
    try:
        files = sorted(each for each in path.iterdir() if each.is_file()) if path.is_dir() else [path]
        if not files:
            return CheckLine(name, passed=False, found=f"{path} holds no file", repair=repair)
        for file in files:
            with file.open("rb") as stream:
                if not stream.read(1):
                    return CheckLine(name, passed=False, found=f"{file} is empty", repair=repair)
    except OSError as error:
        may_not = "Let this user read it." if isinstance(error, PermissionError) else repair
        return CheckLine(name, passed=False, found=f"{path}: {os.strerror(error.errno or 0)}", repair=may_not)
    return CheckLine(name, passed=True, found=f"{path}: {len(files)} {'file' if len(files) == 1 else 'files'}")


def _look_at_google(settings: Settings, door: Door, workbook: Workbook | None) -> Iterator[CheckLine]:
    spreadsheet_id = settings.workbook.spreadsheet_id or (workbook.spreadsheet_id if workbook else None)
    teachers_id = settings.workbook.teachers_spreadsheet_id or (workbook.teachers_spreadsheet_id if workbook else None)
    # The first call signs in, so its answer tells of the credential and the scope as well as of Drive.
    try:
        door.drive_list("trashed = false", "files(id)", page_size=1)
    except SensyncError as error:
        yield from _sort_out(door, error)
        return
    yield CheckLine("Credential", passed=True, found=f"Google accepts {settings.google.credentials} as {door.account}")
    yield CheckLine("Scope", passed=True, found="drive.file is granted")
    yield _look_at_clock(door)
    yield CheckLine("Drive API", passed=True, found="is enabled")
    yield _look_at_sheets_api(door)
    if spreadsheet_id is None:
        yield CheckLine("Workbook", passed=False, found="is not made yet", repair="Run `sensync setup`.")
        return
    yield _look_at_file(door, "Workbook", spreadsheet_id)
    yield from _look_at_properties(settings, door, spreadsheet_id)
    if teachers_id is not None:
        yield _look_at_file(door, "Teachers' workbook", teachers_id)


def _sort_out(door: Door, error: SensyncError) -> Iterator[CheckLine]:
    """Puts the failure of the first call on the line where it belongs."""
    if door.clock_skew is not None:
        yield _look_at_clock(door)
    reason = error.reason if isinstance(error, GoogleNeedsPersonError) else ""
    if reason == "clock":
        yield failed("Clock", error)
    elif not isinstance(error, NeedsPersonError):
        yield failed("Connection", error)
    elif reason in {"SERVICE_DISABLED", "accessNotConfigured"}:
        yield CheckLine("Credential", passed=True, found=f"Google accepts {door.account}")
        yield failed("Drive API", error)
    elif reason in {"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "invalid_scope"}:
        yield failed("Scope", error)
    else:
        yield failed("Credential", error)


def _look_at_clock(door: Door) -> CheckLine:
    skew = door.clock_skew
    if skew is None:
        return CheckLine("Clock", passed=True, found="the answer bore no date to compare with")
    seconds = round(skew.total_seconds())
    found = f"{abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'} Google's"
    if abs(skew) > LARGEST_SKEW:
        return CheckLine("Clock", passed=False, found=found, repair="Set the clock and switch on automatic time.")
    return CheckLine("Clock", passed=True, found=found)


def _look_at_sheets_api(door: Door) -> CheckLine:
    """Asks for a spreadsheet that cannot be: "no such file" comes only from an API that is switched on."""
    try:
        door.sheets_get(_NO_SUCH_FILE, fields="spreadsheetId")
    except GoogleNeedsPersonError as error:
        if error.reason in {"SERVICE_DISABLED", "accessNotConfigured"} or error.status is None:
            return failed("Sheets API", error)
    except SensyncError as error:
        return failed("Sheets API", error)
    return CheckLine("Sheets API", passed=True, found="is enabled")


def _look_at_file(door: Door, name: str, file_id: str) -> CheckLine:
    try:
        file = door.drive_get(file_id, "id,name,trashed,capabilities(canEdit)")
    except SensyncError as error:
        return failed(name, error)
    if file.get("trashed"):
        return CheckLine(name, passed=False, found="is in the bin", repair="Restore it from the bin in Google Drive.")
    if file.get("capabilities", {}).get("canEdit") is False:
        return CheckLine(
            name,
            passed=False,
            found=f"{door.account} may only read it",
            repair=f"Share it with {door.account} as an editor.",
        )
    return CheckLine(name, passed=True, found="can be reached and edited")


def _look_at_properties(settings: Settings, door: Door, spreadsheet_id: str) -> Iterator[CheckLine]:
    try:
        answer = door.sheets_get(spreadsheet_id, fields="properties(locale,timeZone)")
    except SensyncError as error:
        yield failed("Locale and time zone", error)
        return
    properties = answer.get("properties", {})
    for name, found, wanted in (
        ("Locale", properties.get("locale"), settings.school.locale),
        ("Time zone", properties.get("timeZone"), settings.school.time_zone),
    ):
        if found == wanted:
            yield CheckLine(name, passed=True, found=str(found))
        else:
            yield CheckLine(
                name,
                passed=False,
                found=f"the workbook has {found}, the configuration {wanted}",
                repair="In the workbook: File, Settings. (Dates typed as 03/04 depend on it.)",
            )
