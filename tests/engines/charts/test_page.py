"""The page: right, safe, self-contained, small enough, and drawn by a browser without a network."""

import base64
import gzip
import html
import re
import subprocess
from pathlib import Path
from typing import Any

import chromium
import pytest
from benchmark_extras import with_extras
from summary_files import small_row, small_rows, small_summary, sv_summary

import engines.charts.page as made_by
from engines.charts.embed import FRAME_LIMIT
from engines.charts.figure import material
from engines.charts.page import as_html
from engines.charts.summaries import Summary


def page(*summaries: dict[str, Any], missing: tuple[str, ...] = ()) -> str:
    named = [Summary(s["query"]["sample"], Path("x"), s) for s in summaries]
    return as_html(material(named), missing)


def table_rows(text: str, heading: str) -> list[list[str]]:
    """The cells of the first table after a heading."""
    body = text.split(f"<h2>{heading}</h2>")[1].split("<tbody>")[1].split("</tbody>")[0]
    lines = body.split("<tr>")[1:]
    return [[html.unescape(c.strip()) for c in re.split(r"<td[^>]*>", line)[1:]] for line in lines]


def unpacked(text: str, name: str) -> str:
    packed = re.findall(rf'<script type="text/plain" id="{name}">([^<]+)</script>', text)
    return gzip.decompress(base64.b64decode(packed[0])).decode()


@pytest.fixture(scope="module")
def plain() -> str:
    return page(small_summary())


def test_known_numbers_stand_in_the_table(plain: str) -> None:
    rows = table_rows(plain, "Results")
    assert rows[2] == [
        *("HG002", "SNP", "PASS", "0.9963", "0.9985", "0.9974", "3,352,761", "12,366", "5,106"),
        *("480,123", "1,276", "1,021", "3,365,127", "3,837,990", "0.1251"),
    ]


def test_structural_variants_have_bench_and_refine() -> None:
    rows = table_rows(page(sv_summary()), "Results")
    bench = ["0.8897", "0.9188", "0.9040", "25,012", "3,101", "25,012", "2,210", "0.9512"]
    refine = ["0.9427", "0.9600", "0.9513", "26,502", "1,611", "26,502", "1,105", "–"]
    assert rows == [["HG002", "bench", *bench], ["HG002", "refine", *refine]]


def test_it_says_what_was_compared_with_what(plain: str) -> None:
    (row,) = table_rows(plain, "What was compared with what")
    assert row == [
        "HG002",
        "HG002_truth.vcf.gz · sample HG002 · 4,096,123 records",
        "HG002.vcf.gz · sample HG002 · 4,871,234 records",
        "GRCh38.fa.gz · GRCh38",
        "HG002_confident.bed · 2,542,242,843 bases",
        "– (everywhere)",
        "builtin 0.1.0",
        "0.9991 (3,877,000 of 3,880,456)",
    ]


def test_what_needs_attention_is_on_top_and_listed(plain: str) -> None:
    cluster = {"contig": "chr6", "start": 29000001, "end": 29004000, "truth_records": 80}
    text = page(
        small_summary(
            warnings=["no record on chrY"],
            set_aside=[
                {"side": "query", "reason": "symbolic allele", "records": 1204, "first": "chr1:7"}
            ],
            capped_clusters=[{**cluster, "query_records": 90, "states": 200000}],
        ),
        missing=("HG009",),
    )
    head = text.split("</header>")[0]
    for words in ("1 warning<", "1,204 records set aside", "1 capped cluster<", "HG009"):
        assert words in head
    assert table_rows(text, "Warnings") == [["HG002", "no record on chrY"]]
    assert table_rows(text, "Records set aside") == [
        ["HG002", "query", "symbolic allele", "chr1:7", "1,204"]
    ]
    assert table_rows(text, "Capped clusters") == [
        ["HG002", "chr6:29,000,001-29,004,000", "80", "90", "200,000"]
    ]
    assert "No warnings; every record was compared." in plain


def test_a_number_that_does_not_exist_is_a_dash_with_a_reason() -> None:
    text = page(small_summary(rows=[small_row("SNP", (0, 0, 0, 12))]))
    (row,) = table_rows(text, "Results")
    assert row[3:7] == ["–", "–", "–", "0"]
    assert 'title="no truth variant">–' in text
    assert "– under Precision: every query call is UNK, outside the confident regions" in text


NASTY = "<img src=x onerror=alert(1)>\"'</script><!--&amp;"


def test_names_are_text() -> None:
    kind = {**sv_summary()["rows"][1], "type": "DEL' + alert(1) + '</script>"}
    sv = sv_summary(NASTY)
    for text in (
        page(small_summary(NASTY, warnings=[NASTY]), small_summary("B")),
        page({**sv, "rows": [*sv["rows"], kind]}),
    ):
        outside = re.sub(r"<script\b.*?</script>", "", text, flags=re.DOTALL)
        assert "<img" not in outside
        assert html.escape(NASTY) in outside.replace("&#34;", "&quot;").replace("&#39;", "&#x27;")
        # four scripts begin and four end, whatever the texts in them are
        assert len(re.findall("<script", text)) == len(re.findall("</script", text)) == 4


def test_it_asks_nothing_of_the_network(plain: str) -> None:
    for word in ("http://", "https://", "url(", "@import"):
        assert word not in plain
    assert re.findall(r"""(?:src|href)=["']?(?!#)[^\s>]+""", plain) == []
    assert "default-src 'none'" in plain
    library = unpacked(plain, "library")
    assert "window.vegaEmbed" in library
    for server in ("jsdelivr", "unpkg", "cdnjs", "googleapis"):
        assert server not in library


def test_the_same_input_gives_the_same_page(plain: str) -> None:
    page(small_summary("B"), small_summary("C", small_rows(seed=4)))
    assert page(small_summary()) == plain


@pytest.fixture(scope="module")
def cohort() -> str:
    rows = [small_rows(strata=12, seed=number) for number in range(200)]
    return page(*(small_summary(f"S{n:03}", each) for n, each in enumerate(rows)))


def test_the_library_is_made_once_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plain: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    made_by._library.cache_clear()
    made = made_by._library()
    assert made in plain
    (kept,) = (tmp_path / "plumbline/charts").iterdir()
    assert kept.read_text() == made
    kept.write_text("what is kept")
    made_by._library.cache_clear()
    assert made_by._library() == "what is kept"
    made_by._library.cache_clear()


def test_a_cohort_fits_into_the_report(cohort: str) -> None:
    assert len(cohort.encode()) < FRAME_LIMIT
    assert len(table_rows(cohort, "Results")) == 800
    data = unpacked(cohort, "data")
    assert data.count("S007,") == 4  # embedded once, no matter how many charts show it


def test_a_cohort_is_told_by_its_spread(cohort: str) -> None:
    rows = table_rows(cohort, "By stratification")
    assert len(rows) == 12 * 2 * 2
    assert rows[0][:4] == ["SNP", "ALL", "stratum_00", "200"]
    assert "every sample&#39;s own numbers are in the TSV file" in cohort


def test_why_there_is_no_curve_stands_where_it_would_be() -> None:
    made = with_extras(small_summary("A"))
    for curve in made["roc"]["curves"]:
        del curve["points"][1:]
    text = page(made).split("<h2>Precision and recall by score</h2>")[1].split("</section>")[0]
    assert "all calls have the same QUAL" in text


BROWSER = chromium.find()


@pytest.mark.skipif(BROWSER is None, reason="no chromium here to draw the page")
def test_a_browser_draws_it_without_a_network(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    second = with_extras(small_summary("B", small_rows(2, 5)))
    path.write_text(page(small_summary(NASTY), second))
    assert BROWSER is not None
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
    command += ["--disable-background-networking", "--disable-component-update"]
    command += [f"--user-data-dir={tmp_path / 'profile'}", "--proxy-server=127.0.0.1:9"]
    command += ["--virtual-time-budget=20000", "--dump-dom", path.as_uri()]
    dom = subprocess.run(command, capture_output=True, text=True, timeout=60).stdout
    assert '<body data-renderer="svg" data-drawn="8">' in dom
    assert dom.count('class="marks"') == 8
    assert ">0.9963</text>" in dom
    assert "could not draw" not in dom.split("<script>")[0]
    assert "<img" not in dom.split("<script")[0]
