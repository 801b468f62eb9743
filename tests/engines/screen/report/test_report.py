"""The report of a screen: what a reader has to see, on the page, on paper and as text."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from screen_summaries import (
    clean_summary,
    evidence,
    external_summary,
    gene,
    mutation,
    screen_summary,
)

from engines.reporting.document import Document
from engines.reporting.plain import WIDTH, as_text
from engines.screen.report import made, pictures, tables, wording, write
from engines.screen.report.contents import document


def lines(data: dict[str, Any]) -> str:
    """The text, blanks as one."""
    return " ".join(as_text(document(data)).split())


def test_the_first_page_has_the_warning_the_verdicts_and_what_was_not_looked_at() -> None:
    files = made(screen_summary())
    assert files == made(screen_summary())
    first = PdfReader(io.BytesIO(files["pdf"])).pages[0].extract_text()
    for each in (
        "Genotype, not a susceptibility test",
        "mode fast looks near known genes",
        "Too few reads to tell 1 mutation of pmrA",
        "Of 7 classes of antimicrobials: 5 resistant, 1 inconclusive, 1 not detected.",
        "gyrA S83L (45 of 46 fragments, 97.8 %",
        "too few reads to tell pmrB 10 places",
        "E. coli EC958",
    ):
        assert each in " ".join(first.split())
    html = files["html"].decode()
    assert html.index("Genotype, not a susceptibility") < html.index("Resistance by class")
    assert 'aria-label="Depth of reads along blaCTX-M-15' in html


def test_each_verdict_stands_with_its_evidence_and_grade() -> None:
    rows = {
        row[0].text: [cell.text for cell in row]
        for row in tables.classes_table(screen_summary()).rows
    }
    assert list(rows)[-1] == "Polymyxin"  # what is there comes first
    assert wording.without_findings(screen_summary()) == ["Not detected: Macrolide."]
    assert rows["Beta-lactam"][1:] == [
        "RESISTANT",
        "blaCTX-M-15 (100.00 % identity, 100.00 % covered, 32.2x, 187 reads); "
        "blaTEM-1B (100.00 % identity, 100.00 % covered, 32.2x, 187 reads)",
        "3",
    ]
    assert rows["Aminoglycoside"][3] == "2"
    assert rows["Tetracycline"][3] == "1"
    assert rows["Quinolone"][3] == "mutation"
    assert rows["Polymyxin"][1:] == ["inconclusive", "too few reads to tell pmrB 10 places", "–"]


def test_too_few_reads_is_told_apart_from_not_detected() -> None:
    text = lines(screen_summary())
    few = text.index("Too few reads to tell: they may be there: Gene")
    absent = text.index("Not detected (1): Gene")
    assert "pmrA 1 4 4" in text[few:absent]
    assert "parE 1 41 41" in text[absent:]
    assert "ampC -42C>T its promoter is not in the file" in text


def test_what_nobody_looked_for_is_never_told_as_absent() -> None:
    text = lines(clean_summary())
    why = "the species is not known (--species)"
    assert f"Resistance mutations -------------------- Not assessed: {why}." in text
    assert "Organisms --------- Not assessed: no genomes were given (--reference-db)." in text
    assert "not assessed, 6 not detected. Not assessed: Quinolone. Not detected: Amino" in text
    assert "RESISTANT" not in text
    nothing = screen_summary(genes=None, classes=[], antimicrobials=[])
    assert "No class of antimicrobials was assessed." in lines(nothing)
    assert "Resistance genes ---------------- Not assessed." in lines(nothing)


def test_organisms_add_up_to_all_pairs_with_what_is_too_little_to_be_there() -> None:
    rows = [[cell.text for cell in row] for row in tables.organisms_table(screen_summary()).rows]
    assert rows == [
        ["E. coli EC958", "88.6 %", "93.0 %", "100.0 %"],
        ["relative of K. pneumoniae HS11286", "5.3 %", "7.0 %", "96.2 %"],
        ["too little, or not told apart", "0.01 %", "–", "–"],
        ["unclassified", "6.1 %", "–", "–"],
    ]
    chart = pictures.organisms_chart({"EC958": screen_summary(), "K12": clean_summary()})
    assert chart
    shares = {row["organism"]: row["share"] for row in chart["data"]["values"]}
    assert sum(shares.values()) == pytest.approx(1)
    assert "P. mirabilis HI4320" not in shares


def test_single_reads_are_not_called_pairs() -> None:
    reads = {**screen_summary()["reads"], "layout": "single"}
    assert "Share of reads" in lines(screen_summary(reads=reads))


def test_evidence_without_weight_gives_no_resistance() -> None:
    missing = evidence("oqxA", weight="none", why="needs oqxB, not found")
    doubt = evidence("qnrB19", weight="uncertain", why="covered too little")
    row = {"antimicrobial": "ciprofloxacin", "class": "Quinolone", "verdict": "inconclusive"}
    row |= {"relevant": True, "grade": 0, "evidence": [missing, doubt], "why": ["qnrB19: doubtful"]}
    entry = {"class": "Quinolone", "verdict": "inconclusive", "antimicrobials": ["ciprofloxacin"]}
    data = screen_summary(antimicrobials=[row], classes=[entry | {"evidence": ["qnrB19"]}])
    (cells,) = tables.classes_table(data).rows
    support = "100.00 % identity, 100.00 % covered, 32.2x, 187 reads"
    assert [cell.text for cell in cells][1:] == [
        "inconclusive", f"qnrB19 ({support}; covered too little)", "–"
    ]  # fmt: skip


def test_of_a_resistant_class_what_is_uncertain_is_named_only() -> None:
    sure, doubt = evidence("blaTEM-1B"), evidence("blaTEM-127", weight="uncertain", why="little")
    row = {"class": "Beta-lactam", "verdict": "resistant", "grade": 3, "evidence": [sure, doubt]}
    rows = [
        row | {"antimicrobial": name, "relevant": relevant, "why": ["blaTEM-127: little"]}
        for name, relevant in (("ampicillin", True), ("amoxicillin", False), ("cefazolin", True))
    ]
    entry = {"class": "Beta-lactam", "verdict": "resistant", "evidence": []}
    entry["antimicrobials"] = ["ampicillin", "amoxicillin", "cefazolin"]
    data = screen_summary(antimicrobials=rows, classes=[entry])
    assert wording.evidence(data, entry) == [
        f"blaTEM-1B ({sure['support']})",
        "uncertain besides: blaTEM-127",
    ]
    table = tables.antimicrobials_table(data, "resistant")
    assert [[cell.text for cell in row] for row in table.rows] == [
        [
            "ampicillin, cefazolin (not of the panel: amoxicillin)",
            *("Beta-lactam", "RESISTANT", "blaTEM-1B", "3", "–"),
        ]
    ]


def test_a_mutation_stands_with_what_its_effect_rests_on() -> None:
    alone = mutation("folP", "p.Pro64Ser", 64, effect="none", why="needs sul2", pmids=["1"] * 5)
    assert wording.remark(alone) == "no resistance by itself; needs sul2; PMID 1, 1, 1 …"
    other = mutation("x", "G206C", 206, status="other change", alleles={"G": 34, "D": 12}, pmids=[])
    assert wording.remark(other) == "a change of unknown effect: G 34, D 12"


def test_what_another_program_screened_is_not_judged_here() -> None:
    text = lines(external_summary())
    assert "Screened by /opt/bio_gpu_pipeline." in text
    assert f"resistance_summary.json {'8' * 64}" in text
    assert "Resistance by class" not in text


def test_no_line_of_text_is_wider_than_a_terminal() -> None:
    long = [mutation("gyrA", f"p.Ser{at}Leu", at, why="word " * 30) for at in range(9)]
    text = as_text(document(screen_summary(mutations=long)))
    assert max(map(len, text.splitlines())) <= WIDTH
    assert "RESISTANT" in text
    assert not re.search(r"[ \t]\n", text)


def test_control_characters_and_markup_stay_text(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>\x1b[2J"
    write(screen_summary(evil, genes=[gene(evil, "Beta-lactam")]), tmp_path / "X")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["X.html", "X.pdf", "X.txt"]
    assert b"<script>alert" not in (tmp_path / "X.html").read_bytes()
    assert b"\x1b" not in (tmp_path / "X.txt").read_bytes()


def test_many_genes_are_drawn_as_far_as_they_fit_and_that_is_said() -> None:
    many = [gene(f"g{at}", "Beta-lactam") for at in range(30)]
    many.append(gene("t", "Beta-lactam", depths=[], source="diamond"))
    caption = pictures.coverage_caption(many)
    assert "The first 24 of 30 genes." in caption
    assert "Of 1 the depth along the gene is not known." in caption
    assert len(pictures.drawn(many)) == 24
    assert pictures.coverage_chart(many[-1:]) is None


def test_a_document_without_sections_is_still_text() -> None:
    assert as_text(Document("T", ["a fact"], [], "end")) == "T\n=\na fact\n\nend\n"
