"""The page of a new run: a form of the schemas and its YAML, templates, earlier runs, sending."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from new_run_steps import (
    PATIENT,
    READY,
    analysis,
    control,
    open_form,
    open_group,
    preview,
    setting,
    yaml_text,
)
from page_waits import expect
from service import RealService

from control.runs.analyses import Workflow
from control.runs.validation import _faults

ROOT = Path(__file__).parents[3]
CHECK = """async ([schema, values]) => {
  const {check} = await import('/static/js/settings/schema_check.js')
  return values.map((value) => (
    check(schema, value).map(({place, message}) => [place.join('.'), message])))
}"""
SHOWN = ":not([hidden])"


def leaves(schema: Mapping[str, Any], place: str = "") -> Iterator[str]:
    """Keys of a schema that have no keys below them."""
    for key, each in schema["properties"].items():
        here = f"{place}.{key}" if place else key
        if "properties" in each:
            yield from leaves(each, here)
        elif not isinstance(each.get("additionalProperties"), dict):
            yield here


WRONG: list[dict[str, Any]] = [
    {},
    {"build": 38, "qc": {"keep": ["pass", "maybe"], "multiqc": "yes"}},
    {"small_variants": {"engine": "hapy", "decompose": 1}, "smal": {}},
    {"fetch": {"connections": 0, "limit": "20 MB", "roles": "metrics", "nonsense": 1}},
    {"fetch": {"connections": 2.5, "endpoint": "ftp://x", "region": None}},
    {"structural_variants": {"pctseq": 1.5, "sizemax": -2, "no_ref": "d", "size_bins": "50,"}},
    {"genomes": {"mine": {}, "his": {"fasta": "x.txt", "gff": "y"}}},
    {"calibration": {"compat": 2.5, "seed": -1, "shrink_strength": -0.5, "not_calibrated": [""]}},
    {"qc": 5, "upload": {"to": "http://x/", "include": [1]}},
]


def test_the_page_finds_wrong_what_the_service_does(page: Any) -> None:
    schema = Workflow(ROOT).configuration_schema
    page.goto("/sign-in")
    for value, found in zip(WRONG, page.evaluate(CHECK, [schema, WRONG]), strict=True):
        wanted = [(key, text.split("; did you")[0]) for key, text in _faults(schema, value)]
        assert sorted(map(tuple, found)) == sorted(wanted), value
    ((place, message),) = page.evaluate(CHECK, [schema, [{"genomes": {"a b": {"fasta": "x.fa"}}}]])[
        0
    ]
    assert (place, message) == ("genomes.a b", '"a b" cannot be a name here')
    assert sum(len(list(_faults(schema, value))) for value in WRONG) > 20


def test_every_setting_of_the_schema_has_a_field_with_name_default_and_help(
    page: Any, service: RealService
) -> None:
    schema = service.get("/api/v1/analyses/all").json()["configuration"]
    open_form(page)
    keys = page.locator("#config .setting").evaluate_all("all => all.map((one) => one.dataset.key)")
    assert sorted(keys) == sorted(leaves(schema))
    open_group(page, "structural_variants")
    sizemin = control(page, "structural_variants.sizemin")
    expect(sizemin).to_have_attribute("placeholder", "50")
    expect(setting(page, "structural_variants.sizemin")).to_contain_text(
        "Smallest truth call", use_inner_text=True
    )
    assert control(page, "structural_variants.align").evaluate("it => it.value") == "poa"
    expect(control(page, "structural_variants.refine")).to_be_checked()
    open_group(page, "fetch")
    page.locator("details[data-key=fetch] > .told > summary").click()
    expect(setting(page, "fetch.profile")).to_contain_text("AWS_PROFILE", use_inner_text=True)
    expect(setting(page, "fetch.profile").locator("input")).to_have_count(0)
    analysis(page, "calibration").check()
    page.locator("details[data-key=structural_variants]").wait_for(state="detached")
    expect(page.locator("details[data-key=calibration]")).to_have_count(1)


def test_only_what_is_set_is_sent_each_as_its_kind(page: Any) -> None:
    open_form(page, "?example=demo")
    page.evaluate("location.hash = ''")
    for key in ("small_variants", "structural_variants", "fetch", "calibration", "genomes"):
        open_group(page, key)
    control(page, "small_variants.engine").select_option("vcfeval")
    control(page, "small_variants.leftshift").uncheck()
    control(page, "structural_variants.pctseq").fill("0.85")
    control(page, "structural_variants.sizemax").fill("-1")
    setting(page, "fetch.roles").get_by_label("alignments").check()
    control(page, "fetch.patterns.metrics").fill("*.csv\n\n *.txt ")
    setting(page, "calibration.not_calibrated").get_by_role("button", name="None at all").click()
    setting(page, "calibration.engine").get_by_role("button").click()
    control(page, "structural_variants.refine").uncheck()
    control(page, "structural_variants.refine").check()
    page.locator("details[data-key=genomes]").get_by_role("button", name="Add one").click()
    page.locator("[data-key=genomes] .row").last.get_by_label("Name").fill("my.own")
    page.locator("[data-key=genomes] .row").last.locator(".setting[data-key$=fasta] input").fill(
        "upload:0123456789abcdef"
    )
    page.locator("#how > summary").click()
    page.get_by_role("textbox", name="Cores").fill("1")
    page.locator("[data-key=set_threads]").get_by_role("button", name="Add one").click()
    page.locator("[data-key=set_threads]").get_by_label("Name").fill("calibrate")
    page.locator("[data-key=set_threads]").get_by_role("textbox", name="Value").fill("2")
    sent = preview(page)
    config = sent["config"]
    assert config["small_variants"]["engine"] == "vcfeval"
    assert config["small_variants"]["leftshift"] is False
    assert config["structural_variants"] == {"pctseq": 0.85, "sizemax": -1}
    roles = ["small_variants", "structural_variants", "alignments", "metrics"]
    assert config["fetch"] == {"roles": roles, "patterns": {"metrics": ["*.csv", "*.txt"]}}
    assert config["calibration"]["not_calibrated"] == []
    assert "engine" not in config["calibration"]
    assert config["genomes"]["my.own"] == {"fasta": "upload:0123456789abcdef"}
    assert sent["options"] == {"cores": 1, "set_threads": {"calibrate": 2}}
    assert sent["samples"].startswith("sample\t")


def test_form_and_yaml_say_the_same(page: Any) -> None:
    open_form(page)
    page.get_by_role("button", name="YAML").click()
    yaml_text(page).fill("# why\nbuild: GRCh37\nqc: {keep: []}\nsmall_variants:\n  engine: hapy\n")
    told = page.locator("#yaml-says")
    told.get_by_text('small_variants.engine: "hapy" is not builtin').wait_for()
    expect(told.get_by_role("button")).to_have_text("line 5", use_inner_text=True)
    page.get_by_role("button", name="Form").click()
    expect(control(page, "build")).to_have_value("GRCh37")
    expect(setting(page, "small_variants.engine")).to_contain_text("hapy", use_inner_text=True)
    control(page, "small_variants.engine").select_option("happy")
    setting(page, "small_variants.engine").locator(".wrong" + SHOWN).wait_for(state="detached")
    page.go_back()
    expected = "build: GRCh37\nqc:\n  keep: []\nsmall_variants:\n  engine: happy\n"
    page.wait_for_function(
        "(text) => document.getElementById('yaml-text').value === text", arg=expected
    )
    yaml_text(page).fill("# kept\nbuild: GRCh38\n")
    told.get_by_text("Read: 1 setting.").wait_for()
    page.get_by_role("button", name="Form").click()
    page.get_by_role("button", name="YAML").click()
    expect(yaml_text(page)).to_have_value("# kept\nbuild: GRCh38\n")


def test_a_text_that_cannot_be_read_is_not_submitted_and_not_lost(page: Any) -> None:
    open_form(page, "?example=demo&config=yaml")
    yaml_text(page).fill("build: demo\nbuild: other\n")
    page.get_by_role("button", name="Run", exact=True).click()
    page.locator("#problems").get_by_text("line 2: build: given twice").wait_for()
    assert page.url.split("?")[0].endswith("/new")
    page.reload()
    page.locator(READY).wait_for()
    expect(yaml_text(page)).to_have_value("build: demo\nbuild: other\n")
    page.locator("#yaml-says").get_by_text("given twice").wait_for()


def test_what_is_typed_stays_when_the_text_that_was_asked_for_comes_late(page: Any) -> None:
    asked: list[Any] = []
    page.route(
        "**/api/v1/configuration",
        lambda route: route.continue_() if asked else asked.append(route),
    )
    with page.expect_request("**/api/v1/configuration"):
        open_form(page, "?example=demo&config=yaml")
    mine = "# mine\nbuild: demo\n"
    yaml_text(page).fill(mine)
    asked[0].continue_()
    page.locator("#yaml-says").get_by_text("Read: 1 setting.").wait_for()
    expect(yaml_text(page)).to_have_value(mine)


def test_a_text_that_was_never_read_is_kept_too(page: Any) -> None:
    asked: list[Any] = []
    page.route(
        "**/api/v1/configuration",
        lambda route: route.continue_() if asked else asked.append(route),
    )
    with page.expect_request("**/api/v1/configuration"):
        open_form(page, "?example=demo&config=yaml")
    yaml_text(page).fill("build: demo\nbuild: other\n")
    page.locator("#yaml-says").get_by_text("given twice").wait_for()
    page.reload()
    page.locator(READY).wait_for()
    expect(yaml_text(page)).to_have_value("build: demo\nbuild: other\n")


def test_a_configuration_is_imported_and_exported(page: Any, tmp_path: Path) -> None:
    open_form(page)
    mine = tmp_path / "mine.yaml"
    mine.write_text("# ours\nstructural_variants:\n  sizemin: 35\n")
    page.locator("#import-file").set_input_files(mine)
    page.get_by_text("Read from mine.yaml.").wait_for()
    page.get_by_role("button", name="Form").click()
    expect(control(page, "structural_variants.sizemin")).to_have_value("35")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Export").click()
    assert Path(saved.value.path()).read_text() == mine.read_text()
    assert saved.value.suggested_filename == "config.yaml"


def test_what_is_wrong_stands_at_its_place_and_is_led_to(page: Any) -> None:
    page.set_default_timeout(PATIENT)
    open_form(page, "?example=demo")
    open_group(page, "fetch")
    control(page, "fetch.connections").fill("many")
    control(page, "fetch.connections").press("Tab")
    setting(page, "fetch.connections").get_by_text('"many" is not a whole number').wait_for()
    page.get_by_role("button", name="Preview", exact=True).click()
    problems = page.locator("#problems")
    problems.get_by_role("button", name="fetch.connections").click()
    assert (
        page.evaluate("document.activeElement.closest('.setting').dataset.key")
        == "fetch.connections"
    )
    control(page, "fetch.connections").fill("4")
    open_group(page, "small_variants")
    control(page, "small_variants.happy_arguments").fill("$(date)")
    page.locator("#how > summary").click()
    page.get_by_role("textbox", name="Retries").fill("3")
    preview(page)
    problems.get_by_text("may not stand in a command").first.wait_for()
    wrong = setting(page, "small_variants.happy_arguments").locator(".wrong")
    expect(wrong).to_contain_text("may not stand in a command", use_inner_text=True)
    expect(control(page, "small_variants.happy_arguments")).to_have_attribute(
        "aria-invalid", "true"
    )
    control(page, "small_variants.happy_arguments").fill("--gender auto")
    control(page, "small_variants.happy_arguments").press("Tab")
    expect(wrong).to_be_hidden()


def test_settings_are_found_by_words(page: Any) -> None:
    open_form(page)
    page.get_by_role("searchbox", name="Find").fill("similarity")
    page.wait_for_function(
        "!document.querySelector('details[data-key=structural_variants]').hidden"
    )
    shown = page.locator("#config .setting:visible").evaluate_all(
        "all => all.map((one) => one.dataset.key)"
    )
    assert shown == ["structural_variants.pctseq", "structural_variants.pctsize"]
    page.get_by_role("searchbox", name="Find").fill("no such thing")
    page.get_by_text("No setting has to do with “no such thing”.").wait_for()
    page.get_by_role("searchbox", name="Find").fill("")
    page.wait_for_function(
        "!document.querySelector('#config details[open], #config .setting[hidden]')"
    )


def test_templates_are_kept_used_replaced_and_deleted(page: Any, service: RealService) -> None:
    name = "<img src=x onerror=alert(1)>"
    open_form(page)
    analysis(page, "structural_variants").check()
    open_group(page, "structural_variants")
    control(page, "structural_variants.sizemin").fill("35")

    def keep(button: str) -> None:
        page.get_by_role("button", name="Save as template").click()
        page.get_by_role("dialog").get_by_label("Name").fill(name)
        page.get_by_role("dialog").get_by_role("button", name=button).click()
        page.locator("#origin").get_by_text(f"Saved as template {name}.").wait_for()

    keep("Save")
    control(page, "structural_variants.sizemin").fill("40")
    keep("Replace")
    (made,) = service.get("/api/v1/templates").json()["items"]
    content = service.get(made["link"]).json()["content"]
    assert content["config"] == {"structural_variants": {"sizemin": 40}}
    assert (content["analysis"], content["samples"]) == ("structural_variants", None)
    page.evaluate("sessionStorage.clear()")
    open_form(page)
    page.locator("#start-from > summary").click()
    page.get_by_role("button", name=f"Use {name}").click()
    page.locator("#origin").get_by_text(f"From template {name}.").wait_for()
    expect(analysis(page, "structural_variants")).to_be_checked()
    page.wait_for_url(lambda url: f"template={made['id']}" in url)
    expect(control(page, "structural_variants.sizemin")).to_have_value("40")
    page.locator("#start-from > summary").click()
    page.get_by_role("button", name=f"Delete {name}").click()
    page.get_by_role("button", name=f"Really delete {name}").click()
    page.get_by_text("No templates yet.").wait_for()
    assert service.get("/api/v1/templates").json()["items"] == []


def test_what_is_filled_in_is_there_after_a_reload_and_can_be_brought_back(page: Any) -> None:
    open_form(page)
    page.get_by_label("Name of the run").fill("mine")
    page.get_by_role("textbox", name="sample").first.fill("A1")
    control(page, "build").fill("GRCh37")
    page.reload()
    page.locator(READY).wait_for()
    expect(page.get_by_label("Name of the run")).to_have_value("mine")
    expect(control(page, "build")).to_have_value("GRCh37")
    expect(page.get_by_role("textbox", name="sample").first).to_have_value("A1")
    open_form(page, "?example=demo")
    expect(page.get_by_label("Name of the run")).to_have_value("demo")
    page.get_by_role("button", name="Bring it back").click()
    page.locator("#origin").get_by_text("As you had filled it in before.").wait_for()
    expect(page.get_by_label("Name of the run")).to_have_value("mine")
    page.get_by_role("button", name="Start with an empty form").click()
    page.wait_for_function("document.getElementById('run-name').value === ''")


def upload(service: RealService, file: Path) -> str:
    content = file.read_bytes()
    asked = {"name": file.name, "size": len(content)}
    made = service.request("POST", "/api/v1/uploads", json=asked).json()
    address = f"/api/v1/uploads/{made['id']}"
    headers = {"Upload-Offset": "0", "Content-Type": "application/octet-stream"}
    assert service.request("PATCH", address, data=content, headers=headers).status_code < 300
    assert service.request("POST", f"{address}/finish", json={}).status_code == 200
    return str(made["id"])


def test_the_demo_is_looked_at_and_run_and_run_again_with_changes(
    page: Any, service: RealService
) -> None:
    page.set_default_timeout(PATIENT)
    file = upload(service, ROOT / "config/demo/va_matrices.json")
    open_form(page, "?example=demo")
    analysis(page, "calibration").check()
    open_group(page, "calibration")
    setting(page, "calibration.misclassification").get_by_role("button", name="Choose").click()
    # the newest is the first: a second try of this test finds its first one's file too
    page.get_by_role("dialog").get_by_role("button", name="va_matrices.json").first.click()
    expect(control(page, "calibration.misclassification")).to_have_value(f"upload:{file}")
    page.get_by_role("button", name="Preview", exact=True).click()
    page.locator("#preview").get_by_role("rowheader", name="calibrate", exact=True).wait_for()
    page.get_by_label("Name of the run").fill("first")
    page.locator("#stale").get_by_text("Something was changed").wait_for()
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url("**/runs/*")
    first = page.url.rpartition("/")[2]
    service.request("POST", f"/api/v1/runs/{first}/cancel")
    page.goto("/new")
    page.locator(READY).wait_for()
    expect(page.get_by_label("Name of the run")).to_have_value("")  # what became a run is done
    open_form(page, f"?from={first}")
    held = control(page, "calibration.misclassification").input_value()
    assert held.endswith("inputs/va_matrices.json")
    page.get_by_label("Name of the run").fill("second")
    open_group(page, "calibration")
    control(page, "calibration.seed").fill("7")
    with page.expect_request(lambda asked: asked.url.endswith("/rerun")) as sent:
        page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url(lambda address: "/runs/" in address)
    second = page.url.rpartition("/")[2]
    service.request("POST", f"/api/v1/runs/{second}/cancel")
    body = sent.value.post_data_json
    assert body["config"] == {"calibration": {"seed": 7}}
    told = service.get(f"/api/v1/runs/{second}/config").json()
    assert (told["name"], told["analysis"]) == ("second", "calibration")
    assert "seed: 7" in told["config"] and held in told["config"]


def test_an_answer_that_was_lost_does_not_make_two_runs(page: Any, service: RealService) -> None:
    page.set_default_timeout(PATIENT)
    open_form(page, "?example=demo")
    analysis(page, "calibration").check()
    made: list[str] = []

    def lose(route: Any) -> None:
        made.append(route.fetch(timeout=PATIENT).json()["run_id"])
        if len(made) == 1:
            route.abort()
        else:
            route.fulfill(status=201, body=json.dumps({"run_id": made[-1]}))

    page.route("**/api/v1/runs", lose)
    page.get_by_role("button", name="Run", exact=True).click()
    page.locator("#problems").get_by_text("the service does not answer").wait_for()
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url("**/runs/*")
    assert len(made) == 2 and made[0] == made[1]
    service.request("POST", f"/api/v1/runs/{made[0]}/cancel")


def test_the_short_form_is_a_link_away_and_needs_no_script(
    page: Any, browser: Any, service: RealService, cookies: Any
) -> None:
    open_form(page)
    expect(page.locator("#one-sample")).to_be_hidden()
    page.get_by_role("link", name="One sample, quickly").click()
    page.locator("#one-sample #source").wait_for()
    expect(page.locator("#full")).to_be_hidden()
    page.wait_for_url("**view=one")
    page.go_back()
    page.locator("#full").wait_for()
    page.goto("/new?sample=HG002")
    expect(page.locator("#sample")).to_have_value("HG002")
    context = browser.new_context(
        storage_state=cookies, base_url=service.url, java_script_enabled=False
    )
    plain = context.new_page()
    plain.goto("/new")
    expect(plain.locator("#source")).to_be_visible()
    expect(plain.locator("#full")).to_be_hidden()
    context.close()


def test_where_the_driver_runs_is_asked_where_there_is_a_choice(page: Any) -> None:
    def with_launcher(route: Any) -> None:
        known = route.fetch().json()
        assert known["launchers"] == ["local"]
        route.fulfill(json=known | {"launchers": ["local", "night"]})

    open_form(page)
    page.locator("#how summary").click()
    expect(page.get_by_label("Where its driver runs")).to_be_hidden()
    page.route("**/api/v1/analyses", with_launcher)
    open_form(page, "?example=demo")
    page.locator("#how summary").click()
    page.get_by_label("Where its driver runs").select_option("night")
    with page.expect_request("**/api/v1/runs/validate") as asked:
        page.get_by_role("button", name="Preview").click()
    assert asked.value.post_data_json["launcher"] == "night"
    problem = page.locator("#problems").get_by_text("Where its driver runs: there is no launcher")
    problem.click()
    expect(page.get_by_label("Where its driver runs")).to_be_focused()
