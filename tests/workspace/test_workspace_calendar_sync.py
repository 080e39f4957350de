"""Whatever happens between two looks, a client that follows sync tokens ends with what a full list says."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from calendar_kit import Diary, timed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from workspace_kit import SENCO, TEACHER, Caller, RefusalError

if TYPE_CHECKING:
    from local_workspace import LocalWorkspace
    from local_workspace.http.wire import Request, Response

IDS = ("aaaaa", "bbbbb", "ccccc", "ddddd")
NAMES = st.sampled_from(IDS[:3])
KINDS = tuple(
    "insert series invite patch time rule delete instance cut move restore decline answer sync".split()  # noqa: SIM905 - a list of words
)
STEPS = st.lists(st.tuples(st.sampled_from(KINDS), NAMES, st.integers(1, 5)), min_size=1, max_size=14)


class Follower:
    """A client that keeps what syncs tell it."""

    def __init__(self, diary: Diary, **query: Any) -> None:
        self.diary, self.query = diary, query
        items, self.token = diary.all(maxResults=2, **query)
        self.held = {item["id"]: item for item in items}

    def sync(self) -> None:
        items, self.token = self.diary.all(maxResults=2, syncToken=self.token, **self.query)
        for item in items:
            if item["status"] == "cancelled":
                self.held.pop(item["id"], None)
            else:
                self.held[item["id"]] = item

    def agrees(self) -> None:
        self.sync()
        items, _ = self.diary.all(**self.query)
        living = {item["id"]: item for item in items if item["status"] != "cancelled"}
        assert self.held == living


def series(count: int) -> list[str]:
    return [f"RRULE:FREQ=DAILY;COUNT={count}"]


def act(diary: Diary, other: Diary, teacher: Diary, kind: str, name: str, number: int) -> None:
    """One thing that somebody does; what is refused does nothing."""
    zone = {"timeZone": "Europe/London"}
    start, end = f"2026-12-08T0{number}:00:00", f"2026-12-08T0{number}:30:00"
    body = {"id": name, "start": {"dateTime": start, **zone}, "end": {"dateTime": end, **zone}}
    instance = f"{name}_2026120{7 + min(number, 2)}T010000Z"
    try:
        if kind == "insert":
            diary.add(body)
        elif kind == "series":
            diary.add({**body, "recurrence": series(number)})
        elif kind == "invite":
            diary.patch(name, {"attendees": [{"email": SENCO}, {"email": TEACHER}][: number % 3]})
        elif kind == "patch":
            diary.patch(name, {"summary": str(number)})
        elif kind == "time":
            diary.patch(name, {side: body[side] for side in ("start", "end")})
        elif kind == "rule":
            diary.patch(name, {"recurrence": series(number) if number > 1 else None})
        elif kind == "delete":
            diary.delete(name)
        elif kind == "instance":
            diary.patch(instance, {"location": str(number)})
        elif kind == "cut":
            diary.delete(instance)
        elif kind == "move":
            source, target = (diary, other) if number % 2 else (other, diary)
            destination = target.path.rpartition("/")[2]
            diary.call("POST", source.url(name, "/move", destination=destination.replace("%40", "@")))
        elif kind == "restore":
            (diary, teacher)[number % 2].patch(name, {"status": "confirmed"})
        elif kind == "decline":
            teacher.delete((name, instance)[number % 2])
        elif kind == "answer":
            said = {"email": TEACHER, "responseStatus": ("accepted", "declined")[number % 2]}
            teacher.patch((name, instance)[number // 2 % 2], {"attendees": [said]})
    except RefusalError as error:
        assert error.status in (400, 403, 404, 409, 410)  # noqa: PT017 - a refusal is one of the outcomes


@given(steps=STEPS)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_client_that_follows_sync_tokens_has_what_a_full_list_has(ws: LocalWorkspace, steps: list[Any]) -> None:
    ws.calendars.reset()
    call = Caller(ws.base_url, ws.token_for(SENCO))
    made = call("POST", "/calendar/v3/calendars", {"summary": "S", "timeZone": "Europe/London"})
    diary, other = Diary(call, made["id"]), Diary(call)
    teacher = Diary(Caller(ws.base_url, ws.token_for(TEACHER)))
    # Something to work on: a series and a single event, both with guests; the third name is free.
    act(diary, other, teacher, "series", IDS[0], 4)
    act(diary, other, teacher, "insert", IDS[1], 1)
    for name in IDS[:2]:
        act(diary, other, teacher, "invite", name, 2)
    looks = [(one, query) for one in (diary, other, teacher) for query in ({}, {"singleEvents": "true"})]
    followers = [Follower(one, **query) for one, query in looks]
    for kind, name, number in steps:
        if kind == "sync":
            followers[number].sync()
        else:
            act(diary, other, teacher, kind, name, number)
    for follower in followers:
        follower.agrees()
    for one in (diary, other, teacher):
        one.call.connection.close()


@given(writers=st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=1, max_size=12))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_if_match_never_loses_an_update(ws: LocalWorkspace, call: Caller, writers: list[tuple[int, bool]]) -> None:
    """Three writers add their mark to a text they read earlier; a refused one reads again and keeps its mark."""
    diary = Diary(call)
    made = diary.add(timed("09:00", "10:00", ""))
    read = [made, made, made]
    expected = 0
    for writer, again in writers:
        if again:
            read[writer] = diary.get(made["id"])
        old = read[writer]
        try:
            read[writer] = diary.patch(
                made["id"], {"description": old.get("description", "") + str(writer)}, old["etag"]
            )
            expected += 1
        except RefusalError as error:
            assert error.status == 412  # noqa: PT017 - the other outcome
    final = diary.get(made["id"]).get("description", "")
    assert len(final) == expected


def test_writers_at_once_who_mind_the_etag_lose_nothing(ws: LocalWorkspace, call: Caller) -> None:
    made = Diary(call).add(timed("09:00", "10:00", description=""))

    def write(mark: str) -> None:
        diary = Diary(Caller(ws.base_url, ws.token_for(SENCO)))
        for _ in range(10):
            done = False
            while not done:
                old = diary.get(made["id"])
                try:
                    diary.patch(made["id"], {"description": old.get("description", "") + mark}, old["etag"])
                    done = True
                except RefusalError as error:
                    assert error.status == 412  # noqa: PT017 - somebody was faster
        diary.call.connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, "abcdef"))
    assert Counter(Diary(call).get(made["id"])["description"]) == dict.fromkeys("abcdef", 10)


def test_a_persons_change_between_two_calls_is_not_written_over(ws: LocalWorkspace, call: Caller) -> None:
    diary = Diary(call)
    person = Diary(Caller(ws.base_url, ws.token_for(SENCO)))
    made = diary.add(timed("09:00", "10:00"))

    def meddle(when: str, request: Request, _response: Response | None) -> None:
        if when == "before" and request.method == "PATCH":
            ws.hooks.remove(meddle)
            person.patch(made["id"], {"location": "Hall"})

    ws.hooks.append(meddle)
    with pytest.raises(RefusalError) as caught:
        diary.patch(made["id"], {"summary": "mine"}, made["etag"])
    assert caught.value.status == 412
    assert diary.get(made["id"])["location"] == "Hall"


def test_a_sync_in_pages_loses_nothing_that_changes_between_them(call: Caller) -> None:
    diary = Diary(call)
    for name in IDS:
        diary.add(timed("09:00", "10:00", id=name))
    follower = Follower(diary)
    for name in IDS:
        diary.patch(name, {"summary": "changed"})
    first = diary.page(maxResults=2, syncToken=follower.token)
    diary.patch(first["items"][0]["id"], {"summary": "again"})
    diary.delete(IDS[3])
    rest, token = diary.all(maxResults=2, syncToken=follower.token, pageToken=first["nextPageToken"])
    for item in [*first["items"], *rest]:
        follower.held[item["id"]] = item
        if item["status"] == "cancelled":
            del follower.held[item["id"]]
    follower.token = token
    follower.agrees()


@pytest.mark.parametrize("single", ["true", "false"])
def test_a_token_of_before_a_moved_event_brings_it_to_one_and_takes_it_from_the_other(
    call: Caller, single: str
) -> None:
    diary = Diary(call)
    other = Diary(call, call("POST", "/calendar/v3/calendars", {"summary": "S"})["id"])
    diary.add(timed("09:00", "10:00", id="aaaaa"))
    followers = [Follower(one, singleEvents=single) for one in (diary, other)]
    destination = other.path.rpartition("/")[2].replace("%40", "@")
    call("POST", diary.url("aaaaa", "/move", destination=destination))
    for follower in followers:
        follower.agrees()
    assert [list(follower.held) for follower in followers] == [[], ["aaaaa"]]
