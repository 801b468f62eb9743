"""Variants appear in the page as they are tiered, and can be read, filtered, copied and saved."""

import json
from typing import Any

import pytest
from page_waits import expect
from recorded_run import RecordedRun
from service import RealService, poll
from variant_lines import BRAF, line, lines, variant
from verdict_lab import judge

NASTY = "<img src=x onerror=alert(1)>"
STORE = """async (messages) => {
  const {VariantStore} = await import('/static/js/variants/variant_store.js')
  const store = new VariantStore()
  const changes = messages.map((batch) => {
    const {added, isOther, hasErrors} = store.take(batch)
    return [added.length, isOther, hasErrors]
  })
  const plain = ({key, tier, message, sequence}) => ({key, tier, message, sequence})
  return {changes, unclear: store.unclear, variants: [...store.variants.values()].map(plain),
    errors: [...store.errors.values()].map(plain)}
}"""
VARIANT = """async (data) => {
  const {variantOf, changeOf, placeOf, tierText} = await import('/static/js/variants/variant.js')
  return data.map((each) => {
    const found = variantOf({data: each, sequence: 1, timestamp: ''})
    const shown = found && {change: changeOf(found), place: placeOf(found), shown: tierText(found)}
    return found && {...found, ...shown}
  })
}"""


def make_run(service: RealService, number: int) -> RecordedRun:
    run = RecordedRun(service.runs, number)
    run.start(2)
    run.job(1, "logs/a.log", rule="tier")
    poll(lambda: service.get(f"/api/v1/runs/{run.run_id}/jobs/1").status_code == 200)
    return run


def open_page(page: Any, run: RecordedRun, query: str = "") -> None:
    page.goto(f"/runs/{run.run_id}{query}")
    page.locator(".connection[data-kind=live], .connection[data-kind=ended]").wait_for()


def table(page: Any) -> Any:
    return page.get_by_role("grid", name="Variants")


def cell(page: Any, row: str, title: str) -> Any:
    return table(page).locator(".data-row", has_text=row).locator(f"[data-label='{title}']")


def message(sequence: int, attempt: int = 1, kind: str = "variant_update", **data: Any) -> Any:
    whose = {"rule": "tier", "wildcards": {"sample": "A"}, "attempt": attempt, "jobid": 1}
    return {"type": kind, "sequence": sequence, "timestamp": "", "data": {**whose, **data}}


def at(pos: int, **more: Any) -> dict[str, Any]:
    return {"chrom": "1", "pos": pos, "ref": "A", "alt": "T", **more}


def test_each_variant_counts_once_as_its_job_told_it_last(page: Any) -> None:
    page.goto("/")
    batches = [
        [message(5, **at(1, tier="I")), message(6, **at(2))],
        [message(5, **at(1, tier="I")), message(2, **at(1, tier="IV"))],  # again, and an older one
        [message(7, **at(1, tier="II")), message(8, kind="log", line="x")],
        [message(9, kind="variant_error", **at(2, message="no REF"))],
        [message(10, **at(None)), message(11, kind="variant_error", message="?")],
        [message(12, attempt=2, **at(3))],
        [message(4, **at(9))],  # of the first try
    ]
    found = page.evaluate(STORE, batches)
    assert found["changes"] == [
        [2, False, False],
        [0, False, False],
        [0, True, False],
        [0, True, True],
        [0, False, True],
        [1, True, True],
        [0, False, False],
    ]
    assert [each["key"] for each in found["variants"]] == ["A:1:3:A:T"]
    assert (found["errors"], found["unclear"]) == ([], 2)
    found = page.evaluate(STORE, batches[:4])
    assert [(each["key"], each.get("tier")) for each in found["variants"]] == [("A:1:1:A:T", "II")]
    assert [each["message"] for each in found["errors"]] == ["no REF"]


def test_takes_what_tools_say_in_either_form(page: Any) -> None:
    page.goto("/")
    old = {
        "variant": {
            "chromosome": "chr7", "position": "140453136", "reference": "A", "alternate": "T",
            "amp_tier": "Tier I", "amp_level": "B", "vicc_tier": "LO", "confidence_score": 0.5,
            "canned_text": "This BRAF…", "interpretation": "Strong",
        },
        "wildcards": {"sample": "A"},
    }  # fmt: skip
    odd = at(
        3, tier="V", confidence=95, vaf="x", evidence="EID1", texts=[None, {"text": 3}], ref=""
    )
    new, earlier, strange, nowhere = page.evaluate(VARIANT, [BRAF, old, odd, {"gene": "TP53"}])
    assert (new["change"], new["place"], new["shown"]) == (
        "p.Val600Glu",
        "chr7:140753336 A>T",
        "I-A",
    )
    code = {"text": "", "points": None, "isPartial": False}
    assert (new["codes"], new["openCodes"]) == (
        [{**code, "code": "OS3", "text": "Hotspot in 50 samples or more"}],
        [{**code, "code": "OP1"}],
    )
    assert (earlier["change"], earlier["place"], earlier["shown"]) == (
        "A>T",
        "chr7:140453136 A>T",
        "I-B",
    )
    assert (earlier["oncogenicity"], earlier["confidence"], earlier["sample"]) == (
        "Likely oncogenic",
        0.5,
        "A",
    )
    assert earlier["texts"] == [{"type": "", "text": "This BRAF…", "sources": [], "sentences": []}]
    assert (strange["tier"], strange["confidence"], strange["vaf"]) == ("", None, None)
    assert (strange["evidence"], strange["change"]) == ([], ".>T")
    assert strange["texts"] == [{"type": "", "text": "3", "sources": [], "sentences": []}]
    assert nowhere is None


def test_says_what_the_engine_told_and_no_more(page: Any) -> None:
    page.goto("/")
    told = {
        **at(7, ref="C", alt="<DUP>", tier="II", level="C", sample="TUMOR"),
        "structural": {"kind": "DUP", "end": 90, "copies": 9},
        "wildcards": {"sample": "T1"},
        "contexts": [
            {"context": "resistance", "tier": "II", "level": "C", "is_conflicting": True},
            {"context": "therapeutic", "tier": "III", "therapies": ["A, B", "C"]},
        ],
        "oncogenicity": {"class": "VUS", "points": 0, "lowest": -4, "highest": 13},
    }
    same = {**told, "sample": "t1", "contexts": [{**told["contexts"][0], "is_conflicting": False}]}
    closed = {**same, "oncogenicity": {"class": "VUS", "points": 1, "lowest": 0, "highest": 5}}
    words = """async (data) => {
      const {changeOf, isConflicting, isOpen, shortProtein, therapiesOf, variantOf} =
        await import('/static/js/variants/variant.js')
      const drugs = [null, 'combination', 'substitutes', 'sequential']
      return {
        each: data.map((each) => variantOf({data: each, sequence: 1, timestamp: ''}))
          .map((each) => [each.sample, changeOf(each), isConflicting(each), isOpen(each)]),
        proteins: ['p.Val600Glu', 'p.(Arg248Ter)', 'p.Leu858fs', 'p.Glu746_Ala750del']
          .map(shortProtein),
        drugs: drugs.map((interaction) => therapiesOf({therapies: ['A', 'B'], interaction})),
      }
    }"""
    found = page.evaluate(words, [told, same, closed])
    duplication = "duplication, 9 copies"
    assert found["each"] == [
        ["T1 (TUMOR)", duplication, True, True],
        ["T1", duplication, False, True],
        ["T1", duplication, False, False],
    ]
    assert found["proteins"] == ["V600E", "R248*", "L858fs", "E746_A750del"]
    assert found["drugs"] == ["A, B", "A + B", "A or B", "A, then B"]


def test_tumours_whose_calls_are_named_alike_and_lines_that_are_no_record(
    page: Any, service: RealService
) -> None:
    run = RecordedRun(service.runs, 49)
    run.start(2)
    broken = {"record": "7\t5", "line": 9, "message": "line 9 is no record", "hint": "look"}
    for job in (1, 2):
        run.job(job, f"logs/{job}.log", rule="annotate")
        run.log(
            f"logs/{job}.log", line({**BRAF, "sample": "TUMOR"}) + line(broken, "variant_error")
        )
    open_page(page, run)
    page.get_by_text("2 variants", exact=True).first.wait_for()
    for name in ("s1 (TUMOR)", "s2 (TUMOR)"):
        table(page).get_by_text(name, exact=True).wait_for()
    page.get_by_text("2 variants could not be annotated", exact=True).click()
    page.get_by_role("cell", name="line 9: 7 5").first.wait_for()
    expect(page.get_by_role("cell", name="line 9: 7 5")).to_have_count(2)
    page.get_by_label("Filter: Variants", exact=True).fill("braf v600e")
    table(page).locator(".virtual-block .data-row", has_text="s2").click()
    page.get_by_role("dialog", name="BRAF p.Val600Glu V600E Tier I-A").wait_for()
    assert "s2%20(TUMOR)" in page.url.replace("+", "%20").replace("%28", "(").replace("%29", ")")


@pytest.mark.parametrize(
    ("numbers", "is_said"),
    [((1, 2, 3), False), ((1, 3), True), ((19_999, 20_000), True), ((), False)],
)
def test_says_where_not_all_were_told(page: Any, numbers: tuple[int, ...], is_said: bool) -> None:
    page.goto("/")
    lacks = """async (messages) => {
      const {VariantStore, lacksSome} = await import('/static/js/variants/variant_store.js')
      const store = new VariantStore()
      store.take(messages)
      return lacksSome(store)
    }"""
    told = [message(n, **at(n), number=n) for n in numbers] or [message(5, **at(5))]
    assert page.evaluate(lacks, told) is is_said


def test_appear_as_they_are_tiered(page: Any, service: RealService) -> None:
    run = make_run(service, 41)
    open_page(page, run)
    expect(page.get_by_role("tab", name="Variants")).to_have_count(0)
    run.log("logs/a.log", line(variant(1)) + line({**BRAF, "gene": NASTY}))
    page.get_by_role("tab", name="Variants", selected=True).wait_for()
    cell(page, "Val600Glu", "Gene").get_by_text(NASTY, exact=True).wait_for()
    expect(cell(page, "Val600Glu", "Tier")).to_have_text("I-A", use_inner_text=True)
    expect(cell(page, "Val600Glu", "Sample")).to_have_text("s1", use_inner_text=True)
    expect(cell(page, "Val600Glu", "Confidence")).to_have_text("✓ 0.95", use_inner_text=True)
    expect(cell(page, "Val600Glu", "Confidence").get_by_role("img", name="high")).to_have_count(1)
    evidence = cell(page, "Val600Glu", "Evidence")
    links = evidence.get_by_role("link")
    expect(evidence).to_have_text("EID1409 EID9", use_inner_text=True)
    assert [link.get_attribute("href") for link in links.all()] == [
        "https://civicdb.org/links/evidence/1409"
    ]
    expect(links.first).to_have_attribute("rel", "noopener noreferrer")
    rows = table(page).locator(".virtual-block .data-row")
    expect(rows.first).to_contain_text(
        "Val600Glu", use_inner_text=True
    )  # the strongest tier comes first
    run.log("logs/a.log", line({**BRAF, "gene": "BRAF", "tier": "III", "level": ""}))
    cell(page, "Val600Glu", "Tier").get_by_text("III", exact=True).wait_for()
    wrong = {**at(5), "message": f"{NASTY} is no REF", "hint": "check the build"}
    run.log("logs/a.log", line(wrong, "variant_error"))
    page.get_by_text("1 variant could not be annotated").click()
    page.get_by_role("cell", name=f"{NASTY} is no REF").wait_for()
    expect(page.locator("main img")).to_have_count(0)
    page.get_by_text("2 variants", exact=True).wait_for()
    run.finish(1)


def test_a_finished_run_has_all_of_them(page: Any, service: RealService) -> None:
    """Also where its messages are so many that only new ones are followed."""
    run = make_run(service, 42)
    logs = "".join(f"line {n}\n" for n in range(2500))
    run.log("logs/a.log", line(BRAF) + logs + "".join(lines(2500)))
    run.finish(1)
    run.end()
    state = f"/api/v1/runs/{run.run_id}"
    poll(lambda: service.get(state).json()["state"] == "completed")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_page(page, run, "?variants.text=val600")
    page.get_by_text("1 of 2,501 variants", exact=True).first.wait_for()
    asked = [url for url in asked if "/events?type=variant" in url]
    assert 2 <= len(asked) <= 4, "pages of variants, and none of logs"
    page.get_by_label("Filter: Variants", exact=True).fill("")
    page.get_by_text("2,501 variants", exact=True).first.wait_for()


def test_details_lead_from_one_to_the_next_and_have_an_address(
    page: Any, service: RealService
) -> None:
    run = make_run(service, 43)
    judge(run.run_dir, "A")
    run.log("logs/a.log", line(BRAF) + line({**variant(3), "tier": "IV", "evidence": []}))
    open_page(page, run, "?view=variants")
    table(page).press("ArrowDown")
    table(page).press("Enter")
    detail = page.get_by_role("dialog", name="BRAF p.Val600Glu")
    detail.wait_for()
    for text in [
        "chr7:140753336 A>T",
        "missense variant, splice region variant",
        "A guideline names a therapy",
        "Hotspot in 50 samples",
        "Not assessed: OP1",
        "not assessed",
        "genomic allele",
        "decisive",
        "General Gene Info",
        "From CIViC@2021-02-25",
    ]:
        expect(detail).to_contain_text(text, use_inner_text=True)
    assert set(detail.get_by_role("link").all_inner_texts()) == {"EID1409"}
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    detail.get_by_role("button", name="Copy all texts").click()
    detail.get_by_text("Copied", exact=True).wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == (
        "General Gene Info\nBRAF is a kinase.\n\n"
        "Variant Dx Interpretation\nSensitive to vemurafenib in melanoma."
    )
    address = page.url
    assert "variant=s1%3Achr7%3A140753336%3AA%3AT" in address
    expect(detail.get_by_role("button", name="Previous")).to_be_disabled()
    detail.get_by_role("button", name="Next").click()
    page.get_by_role("dialog", name="p.Ala3Val").get_by_text("no evidence of absence").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="hidden")
    page.wait_for_url(lambda url: "variant=" not in url)
    page.goto(address.replace("view=variants", "view=qc"))
    page.get_by_role("dialog", name="BRAF p.Val600Glu").wait_for()
    page.get_by_role("button", name="Close").click()


def test_saved_variants_are_whole(page: Any, service: RealService) -> None:
    run = make_run(service, 44)
    run.log("logs/a.log", line(BRAF) + line({**variant(5), "gene": "=cmd()", "tier": "IV"}))
    open_page(page, run)
    page.get_by_text("2 variants", exact=True).wait_for()
    page.get_by_label("Save: Variants", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="JSON").click()
    first, second = json.loads(download.value.path().read_text())
    assert {key: first[key] for key in BRAF} == BRAF
    assert first["sample"] == "s1" and second["gene"] == "=cmd()"
    page.get_by_label("Save: Variants", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="TSV").click()
    assert download.value.suggested_filename == f"{run.run_id}-variants.tsv"
    rows = [text.split("\t") for text in download.value.path().read_text().splitlines()]
    first, second = (dict(zip(rows[0], row, strict=True)) for row in rows[1:])
    assert (first["tier"], first["chrom"], first["pos"], first["evidence"]) == (
        "I-A",
        "chr7",
        "140753336",
        "EID1409 EID9",
    )
    assert second["gene"] == "'=cmd()"


def test_a_try_that_failed_leaves_none(page: Any, service: RealService) -> None:
    run = make_run(service, 45)
    run.attempt("logs/a.log", line(variant(1)) + line(variant(2)))
    open_page(page, run)
    page.get_by_text("2 variants", exact=True).wait_for()
    run.fail(1, "tier", again=True)
    run.job(1, "logs/a.log", rule="tier")
    run.attempt("logs/a.log", line(variant(2)))
    page.get_by_text("1 variant", exact=True).wait_for()


def test_20_000_variants_stream_in(page: Any, service: RealService) -> None:
    run = make_run(service, 46)
    open_page(page, run)
    page.evaluate(
        """() => {
          window.tasks = []
          const hear = (list) => tasks.push(...list.getEntries().map((e) => e.duration))
          new PerformanceObserver(hear).observe({type: 'longtask'})
        }"""
    )
    for first in range(0, 20_000, 1000):
        run.log("logs/a.log", "".join(lines(1000, first)))
    page.get_by_text("20,000 variants", exact=True).wait_for()
    tasks = page.evaluate("tasks")
    print(f"20,000 variants: {len(tasks)} long tasks, the longest {max(tasks, default=0):.0f} ms")
    expect(table(page)).to_have_attribute("aria-rowcount", "20001")
    assert page.locator(".data-rows .virtual-block .data-row").count() < 60


@pytest.mark.parametrize("width", [360, 1200])
def test_fit_the_width(page: Any, service: RealService, width: int) -> None:
    run = make_run(service, 47 + (width == 360))
    run.log("logs/a.log", line(BRAF) + "".join(lines(30)))
    page.set_viewport_size({"width": width, "height": 800})
    open_page(page, run)
    page.locator(".data-row", has_text="p.Val600Glu").click()
    page.get_by_role("dialog").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("document.querySelector('.variant-body').scrollWidth") <= width
