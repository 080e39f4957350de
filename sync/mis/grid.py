"""A report as a grid of texts, whatever file it came from, and the search for its heading row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sync.mis.headings import PROVISIONS, PUPILS, HeadingMatch, Headings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sync.mis.options import ReadOptions

# Report writers put a title, the school and the date above the headings.
_SEARCHED_ROWS: Final = 30

# Fields that only a provision report has, and those that only a pupil report has. Needed because
# "Provision Name" is the SEN status in one vendor's pupil view, and the provision in everybody's map.
_ONLY_PROVISION: Final = frozenset(
    {
        "wave",
        "minutes",
        "times_a_week",
        "group_size",
        "delivered_by",
        "entry_measure",
        "exit_measure",
        "cost",
        "target",
    }
)
_ONLY_PUPIL: Final = frozenset(
    {
        "status",
        "need",
        "need_rank",
        "fsm",
        "pp",
        "eal",
        "looked_after",
        "attendance",
        "contact_name",
        "contact_email",
        "contact_surname",
    }
)
_PROVISION_WORDS: Final = frozenset({"intervention", "interventionname", "provision", "provisiontitle"})


@dataclass(frozen=True)
class Grid:
    """Rows of texts without padding.

    Attributes:
        rows: (row as a person counts, cells); rows may differ in length.
        encoding: how the text was decoded, "" where the format settles it.
        strict: whether a row with more or fewer cells than headings is a fault (in a workbook it is not).
        excel_epoch: for workbooks, day nought of bare day counts.
        complete: False when the last line of a text file has no line end, so that it may have been cut.
    """

    rows: Sequence[tuple[int, list[str]]]
    encoding: str = ""
    strict: bool = False
    excel_epoch: datetime | None = None
    complete: bool = True


@dataclass(frozen=True)
class Layout:
    """Where a grid's headings stand and what they mean.

    Attributes:
        kind: `pupils` or `provisions`.
        place: index of the heading row in `Grid.rows`.
        matches: a match for each column.
        headings: the alias table that gave them.
    """

    kind: str
    place: int
    matches: list[HeadingMatch]
    headings: Headings

    def suggested(self) -> list[HeadingMatch]:
        """The matches, those not understood with the nearest known headings (slow, so only when shown)."""
        return [self.headings.suggest(match) for match in self.matches]

    @property
    def fields(self) -> frozenset[str]:
        """The fields that were understood."""
        return frozenset(match.field for match in self.matches if match.field)

    @property
    def keyed(self) -> bool:
        """Whether the rows can be told to belong to a pupil."""
        return bool(self.fields & ({"upn", "mis_id"} if self.kind == PUPILS else {"upn", "pupil_mis_id"}))

    @property
    def usable(self) -> bool:
        """Whether there is a key and something to say about it."""
        return self.keyed and len(self.fields) > 1 and (self.kind == PUPILS or "name" in self.fields)

    @property
    def score(self) -> tuple[bool, int]:
        """How good a heading row it is; for comparing rows, separators and sheets."""
        return self.usable, len(self.fields)


def find_layout(grid: Grid, options: ReadOptions) -> Layout | None:
    """The row that is most likely the heading row, of the first thirty; None in an empty grid."""
    best: Layout | None = None
    pupils, provisions = Headings(PUPILS, options.aliases), Headings(PROVISIONS, options.provision_aliases)
    for place, (_, cells) in enumerate(grid.rows[:_SEARCHED_ROWS]):
        layout = _layout(place, cells, pupils, provisions)
        if best is None or layout.score > best.score:
            best = layout
    return best


def _layout(place: int, cells: list[str], pupil_headings: Headings, provision_headings: Headings) -> Layout:
    pupils = Layout(PUPILS, place, pupil_headings.match(cells), pupil_headings)
    provisions = Layout(PROVISIONS, place, provision_headings.match(cells), provision_headings)
    return provisions if _is_provisions(pupils, provisions) else pupils


def _is_provisions(pupils: Layout, provisions: Layout) -> bool:
    if "name" not in provisions.fields:
        return False
    telling = provisions.fields & _ONLY_PROVISION
    named = any(
        m.field == "name" and m.heading.casefold().replace(" ", "") in _PROVISION_WORDS for m in provisions.matches
    )
    against = pupils.fields & _ONLY_PUPIL
    return len(telling) > len(against) or (named and not against - {"status"} and len(telling) >= len(against))
