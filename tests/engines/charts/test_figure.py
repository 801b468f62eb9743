"""Charts: the numbers are drawn where they belong, and the same input gives the same bytes."""

import re
from pathlib import Path
from typing import Any

from summary_files import small_row, small_rows, small_summary, sv_summary

from engines.charts.figure import Material, as_svg, figure, material
from engines.charts.summaries import Summary


def of(*rows: list[dict[str, Any]]) -> Material:
    summaries = [small_summary(f"S{number}", each) for number, each in enumerate(rows)]
    return material([Summary(s["query"]["sample"], Path("x"), s) for s in summaries])


def drawn_dots(svg: str) -> int:
    """Dots of the chart of recall, precision and F1, and of that of precision and recall."""
    return len(re.findall(r'aria-roledescription="point"', svg))


def test_svg_shows_the_numbers_and_is_the_same_each_time() -> None:
    rows = small_rows()
    svg = as_svg(of(rows))
    for number in ("0.9963", "0.9985", "3,352,761", "12,366", "5,106", "480,123", "D16_PLUS"):
        assert f">{number}</text>" in svg
    figure(of(small_rows(seed=1), rows))  # something else in between
    assert as_svg(of(rows)) == svg


def test_dots_are_where_the_numbers_are() -> None:
    sets = of([small_row("SNP", (1744, 622, 12, 7))], small_rows()).datasets
    assert sets["overview"].splitlines()[:2] == [
        "sample,type,selection,truth_tp,truth_fn,query_fp,query_unk,recall,precision,f1,"
        "recall_text,precision_text,f1_text",
        "S0,SNP,PASS,1744,622,12,7,0.73710904,0.99316629,0.84619117,0.7371,0.9932,0.8462",
    ]


def test_a_number_that_does_not_exist_is_not_drawn() -> None:
    whole = [small_row("SNP", (8, 2, 2, 0)), small_row("SNP", (9, 1, 1, 0), filter="ALL")]
    lacking = [small_row("SNP", (0, 0, 0, 4)), small_row("SNP", (0, 0, 3, 0), filter="ALL")]
    # the first sample: two filters with recall, precision, F1 and a point; of the second
    # only the precision under ALL exists, which is 0
    assert drawn_dots(as_svg(of(whole))) == 8
    assert drawn_dots(as_svg(of(whole, lacking))) == 9


def test_a_name_stands_on_the_side_of_its_dot_where_there_is_room() -> None:
    svg = as_svg(of([small_row("SNP", (95, 5, 1, 0))], [small_row("SNP", (50, 50, 9, 0))]))
    sides = {
        name: {part for part in re.findall(rf"<text ([^>]*)>{name}</text>", svg) if "#444" in part}
        for name in ("S0", "S1")
    }
    # the best is at the right, beside the legend
    assert [("end" in "".join(sides[name])) for name in ("S0", "S1")] == [True, False]


def test_a_cohort_is_sorted_and_its_lowest_sample_named() -> None:
    cohort = of(
        *([small_row("SNP", (900 + n, 100 - n, 10 + n, 5))] for n in range(60)),
        [small_row("SNP", (500, 500, 400, 5))],
    )
    svg = as_svg(cohort)
    assert ">61 samples</text>" in svg
    # the worst in recall, precision, F1, TP, FN and FP; UNK is the same for all
    assert svg.count(">S60</text>") == 6


def test_a_long_breakdown_is_left_out_of_the_figure_and_that_is_said() -> None:
    spec = figure(of(small_rows(strata=41)))
    assert spec["title"]["subtitle"] == [
        "1 sample; not drawn here: by stratification (41 classes)",
    ]
    assert [part["title"]["text"] for part in spec["vconcat"]] == [
        *("Recall, precision, F1", "Precision and recall", "Found, missed, wrong, not assessed"),
        "By subtype",
    ]


def test_samples_without_a_refined_comparison_are_named() -> None:
    one, other = sv_summary("A"), sv_summary("B", refined=False)
    both = material([Summary("A", Path("x"), one), Summary("B", Path("y"), other)])
    assert both.gaps == ["Nothing of refine from: B"]
