"""The search language of files.list: `name contains 'x' and (trashed=false or starred = true)`.

Source: developers.google.com/workspace/drive/api/guides/ref-search-terms. Strings stand in single or, as
gspread sends them and Google accepts (recorded), double quotes.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

from .files import File

Test = Callable[[File], bool]

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?P<op><=|>=|!=|=|<|>)|(?P<par>[(){}])
        |(?P<word>[A-Za-z][\w.]*)|(?P<end>$))""",
    re.VERBOSE,
)


class QueryError(ValueError):
    """A query that Drive would call invalid."""


def compile_query(text: str, viewer: str) -> Test:
    """A function that says whether a file matches.

    Args:
        text: the `q` parameter; empty matches all.
        viewer: e-mail of the caller, for `starred` and `'me' in owners`.

    Raises:
        QueryError: it cannot be read.
    """
    if not text.strip():
        return lambda _file: True
    parser = _Parser(text, viewer)
    test = parser.either()
    if parser.kind != "end":
        raise QueryError(text)
    return test


class _Parser:
    def __init__(self, text: str, viewer: str) -> None:
        self._text = text
        self._viewer = viewer
        self._at = 0
        self.kind = ""
        self._value = ""
        self._next()

    def _next(self) -> str:
        """Step to the next token; gives the value of the one left behind."""
        before = self._value
        match = _TOKEN.match(self._text, self._at)
        if match is None:
            raise QueryError(self._text)
        self._at = match.end()
        self.kind = match.lastgroup or "end"
        value = match.group(self.kind)
        self._value = re.sub(r"\\(.)", r"\1", value[1:-1]) if self.kind == "string" else value
        return before

    def _word(self, word: str) -> bool:
        if self.kind == "word" and self._value.lower() == word:
            self._next()
            return True
        return False

    def either(self) -> Test:
        tests = [self._all()]
        while self._word("or"):
            tests.append(self._all())
        return tests[0] if len(tests) == 1 else lambda file: any(test(file) for test in tests)

    def _all(self) -> Test:
        tests = [self._not()]
        while self._word("and"):
            tests.append(self._not())
        return tests[0] if len(tests) == 1 else lambda file: all(test(file) for test in tests)

    def _not(self) -> Test:
        if self._word("not"):
            inner = self._not()
            return lambda file: not inner(file)
        if self.kind == "par" and self._value == "(":
            self._next()
            inner = self.either()
            if self._value != ")":
                raise QueryError(self._text)
            self._next()
            return inner
        return self._term()

    def _term(self) -> Test:
        if self.kind == "string":
            value = self._next()
            if not self._word("in"):
                raise QueryError(self._text)
            return self._member(value, self._next())
        if self.kind != "word":
            raise QueryError(self._text)
        field = self._next()
        if self._word("contains"):
            return self._contains(field, self._literal())
        if self._word("has"):
            return self._has(field)
        if self.kind != "op":
            raise QueryError(self._text)
        return self._compare(field, self._next(), self._literal())

    def _literal(self) -> str:
        if self.kind not in ("string", "word"):
            raise QueryError(self._text)
        return self._next()

    def _member(self, value: str, field: str) -> Test:
        if field == "parents":
            return lambda file: value in file.parents
        person = self._viewer if value == "me" else value
        if field == "owners":
            return lambda file: file.owner.casefold() == person.casefold()
        if field in ("writers", "readers"):
            return lambda file: file.may_write(person) if field == "writers" else file.may_read(person)
        raise QueryError(self._text)

    def _contains(self, field: str, value: str) -> Test:
        wanted = value.casefold()
        if field == "name":
            # Drive matches the beginnings of words in names, not any part of them.
            return lambda file: any(
                file.name.casefold()[at:].startswith(wanted)
                for at in range(len(file.name))
                if at == 0 or not file.name[at - 1].isalnum()
            )
        if field == "fullText":
            return lambda file: wanted in file.name.casefold() or wanted in file.description.casefold()
        if field == "mimeType":
            return lambda file: file.mime_type.casefold().startswith(wanted)
        raise QueryError(self._text)

    def _has(self, field: str) -> Test:
        pairs: dict[str, str] = {}
        if self._next() != "{":
            raise QueryError(self._text)
        while self.kind == "word":
            name = self._next()
            if self._next() != "=":
                raise QueryError(self._text)
            pairs[name] = self._literal()
            self._word("and")
        if self._next() != "}" or field not in ("properties", "appProperties"):
            raise QueryError(self._text)

        def test(file: File) -> bool:
            held = file.properties if field == "properties" else file.app_properties
            return held.get(pairs.get("key", "")) == pairs.get("value")

        return test

    def _compare(self, field: str, op: str, value: str) -> Test:
        if field in ("trashed", "starred", "sharedWithMe"):
            wanted = value.lower() == "true"
            if value.lower() not in ("true", "false") or op not in ("=", "!="):
                raise QueryError(self._text)
            return lambda file: (self._flag(file, field) == wanted) == (op == "=")
        if field in ("modifiedTime", "createdTime", "viewedByMeTime", "sharedWithMeTime"):
            moment = _moment(value, self._text)
            return lambda file: _ordered(op, file.created if field == "createdTime" else file.modified, moment)
        if field in ("name", "mimeType", "id", "visibility") and op in ("=", "!="):
            return lambda file: (_text_of(file, field).casefold() == value.casefold()) == (op == "=")
        raise QueryError(self._text)

    def _flag(self, file: File, field: str) -> bool:
        if field == "trashed":
            return file.trashed
        if field == "starred":
            return self._viewer in file.starred
        return file.owner != self._viewer


def _text_of(file: File, field: str) -> str:
    if field == "visibility":
        return "anyoneWithLink" if any(p["type"] == "anyone" for p in file.permissions) else "limited"
    return {"name": file.name, "mimeType": file.mime_type, "id": file.id}[field]


def _moment(text: str, query: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise QueryError(query) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _ordered(op: str, left: dt.datetime, right: dt.datetime) -> bool:
    return {
        "=": left == right,
        "!=": left != right,
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
    }[op]
