"""Colour scales: what a gradient rule gives as the effective background."""

from local_workspace.sheets.gradient import colour_at, stops

BLACK, WHITE = {"red": 0, "green": 0, "blue": 0}, {"red": 1, "green": 1, "blue": 1}


def rule(low: dict[str, object], high: dict[str, object], **more: object) -> dict[str, object]:
    return {"minpoint": {"color": BLACK, **low}, "maxpoint": {"color": WHITE, **high}, **more}


def places(given: dict[str, object], numbers: list[float]) -> list[float]:
    return [place for place, _ in stops(given, numbers, lambda text: float(text) if text else None)]


def test_a_scale_runs_from_the_least_to_the_greatest_number() -> None:
    assert places(rule({"type": "MIN"}, {"type": "MAX"}), [3, -1, 8]) == [-1, 8]


def test_a_percent_is_a_share_of_the_span_and_a_percentile_a_share_of_the_cells() -> None:
    numbers = [0.0, 1, 2, 3, 100]
    percent = rule({"type": "PERCENT", "value": "10"}, {"type": "PERCENT", "value": "90"})
    assert places(percent, numbers) == [10, 90]
    percentile = rule({"type": "PERCENTILE", "value": "25"}, {"type": "PERCENTILE", "value": "90"})
    assert [round(place, 6) for place in places(percentile, numbers)] == [1, 61.2]


def test_a_point_that_cannot_be_read_or_no_numbers_at_all_give_no_colours() -> None:
    assert stops(rule({"type": "NUMBER", "value": ""}, {"type": "MAX"}), [1, 2], lambda _: None) == []
    assert stops(rule({"type": "MIN"}, {"type": "MAX"}), [], lambda _: None) == []
    assert colour_at([], 1) is None


def test_colours_are_mixed_inside_and_kept_outside() -> None:
    scale = stops(rule({"type": "NUMBER", "value": "0"}, {"type": "NUMBER", "value": "10"}), [5], float)
    assert [colour_at(scale, number) for number in (-3, 0, 2.5, 10, 99)] == [
        BLACK,
        BLACK,
        {"red": 0.25, "green": 0.25, "blue": 0.25},
        WHITE,
        WHITE,
    ]


def test_where_all_numbers_are_the_same_the_scale_has_one_colour() -> None:
    scale = stops(rule({"type": "MIN"}, {"type": "MAX"}), [4, 4], float)
    assert colour_at(scale, 4) == BLACK
