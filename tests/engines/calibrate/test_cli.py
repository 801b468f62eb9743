"""``plumbline calibrate`` as a user types it, with real R, on the example and on small tables."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

from tests.support.r import needs_r

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = json.loads((ROOT / "workflow/schemas/calibration.summary.schema.json").read_text())
COUNTS = {
    "congenital_malformation": 30,
    "pneumonia": 110,
    "sepsis_meningitis_inf": 330,
    "ipre": 250,
    "other": 60,
    "prematurity": 220,
}


# enough to come through the diagnostics, where the numbers do not matter
SHORT = ("--chains=8", "--warmup=150", "--iterations=250")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Deaths as counts, and matrices of two countries in the form of the published file."""
    folder = tmp_path_factory.mktemp("calibrate")
    rows = "".join(f"{cause},{deaths}\n" for cause, deaths in COUNTS.items())
    (folder / "deaths.csv").write_text("cause,deaths\n" + rows)
    causes = list(COUNTS)
    steep = [[60.0 if i == j else 4.0 + (i + 2 * j) % 5 for j in range(6)] for i in range(6)]
    flat = [[40.0 if i == j else 5.0 + (2 * i + j) % 4 for j in range(6)] for i in range(6)]
    of_country = {"Mozambique": {"asDirich": steep}, "Kenya": {"asDirich": flat}}
    matrices = {"causes": causes, "insilicova": of_country, "interva": of_country}
    (folder / "matrices.json").write_text(json.dumps({"version": "made up", "neonate": matrices}))
    return folder


def calibrate(folder, *options, check=True, env=None, draws=SHORT, **changed):
    """Run the command in ``folder``; options by keyword take the place of the usual ones."""
    usual = {
        "va-data": "insilicova=deaths.csv",
        "age-group": "neonate",
        "country": "Mozambique",
        "misclassification": "matrices.json",
        "engine": "builtin",
        "out": "out/mine",
    }
    asked = usual | {name.replace("_", "-"): value for name, value in changed.items()}
    words = [f"--{name}={value}" for name, value in asked.items() if value is not None]
    if "--reuse" not in options:
        words.append("--no-reuse")
    words += draws if check else ()
    command = [sys.executable, "-m", "engines.calibrate", *words, *options]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, env={**os.environ, **(env or {})}
    )
    if check:
        assert done.returncode == 0, done.stderr
    return done


def told(done):
    return [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]


def summary_of(folder, name):
    data = json.loads((folder / f"{name}.summary.json").read_text())
    jsonschema.validate(data, SCHEMA)
    return data


@pytest.fixture(scope="module")
def run(folder):
    """One ordinary run, with everything that it wrote."""
    done = calibrate(folder)
    return done, summary_of(folder, "out/mine")


@needs_r
def test_all_files_are_there_and_nothing_else(run, folder):
    names = sorted(path.name.removeprefix("mine.") for path in (folder / "out").glob("mine*"))
    assert names == ["csv", "html", "pdf", "provenance.json", "summary.json"]


@needs_r
def test_the_last_messages_are_done_and_the_result(run, folder):
    done, summary = run
    *_, last, result = told(done)
    assert (last["type"], last["data"]["progress"]) == ("progress", 100.0)
    assert result["type"] == "result"
    assert result["data"]["path"] == "out/mine.summary.json"
    assert result["data"]["results"] == summary["results"]
    assert set(result["data"]["results"]["calibrated"]["insilicova"]) == {
        "mean",
        "lower_ci",
        "upper_ci",
    }


@needs_r
def test_progress_only_rises_and_names_the_phases(run):
    progress = [line["data"] for line in told(run[0]) if line["type"] == "progress"]
    shares = [data["progress"] for data in progress]
    assert shares == sorted(shares)
    stages = [data["stage"] for data in progress]
    assert stages[0] == "Reading the data"
    assert "Running MCMC calibration (insilicova, warmup)" in stages
    assert "Running MCMC calibration (insilicova, sampling)" in stages


@needs_r
def test_the_fit_is_a_distribution_over_the_causes_in_their_order(run):
    _, summary = run
    (fit,) = summary["fits"]
    assert summary["causes"] == list(COUNTS) == list(fit["mean"])
    assert sum(fit["mean"].values()) == pytest.approx(1, abs=1e-6)
    assert fit["uncalibrated"] == {c: pytest.approx(n / 1000, abs=1e-8) for c, n in COUNTS.items()}
    assert sum(fit["deaths_calibrated"].values()) == 1000
    assert fit["not_calibrated"] == ["other"]
    assert fit["lower_ci"]["other"] == fit["mean"]["other"] == fit["upper_ci"]["other"] == 0.06
    for cause in set(COUNTS) - {"other"}:
        assert fit["lower_ci"][cause] < fit["mean"][cause] < fit["upper_ci"][cause]


@needs_r
def test_the_table_has_the_same_numbers(run, folder):
    _, summary = run
    rows = list(csv.DictReader((folder / "out/mine.csv").open()))
    assert [row["cause"] for row in rows] == list(COUNTS)
    (fit,) = summary["fits"]
    for row in rows:
        assert float(row["mean"]) == fit["mean"][row["cause"]]
        assert row["calibrated"] == ("no" if row["cause"] == "other" else "yes")


@needs_r
def test_the_terminal_gets_a_table(run):
    assert "other                        6.0      6.0   not calibrated" in run[0].stdout


@needs_r
def test_the_same_input_and_seed_give_the_same_bytes(run, folder):
    calibrate(folder, "--no-report", out="out/again")
    for ending in (".summary.json", ".csv"):
        assert (folder / f"out/again{ending}").read_bytes() == (
            folder / f"out/mine{ending}"
        ).read_bytes()
    calibrate(folder, "--no-report", out="out/other", seed="2")
    assert (folder / "out/other.csv").read_bytes() != (folder / "out/mine.csv").read_bytes()


@needs_r
def test_an_algorithm_alone_is_the_same_as_beside_another(run, folder):
    calibrate(folder, "--no-report", "--va-data=interva=deaths.csv", out="out/two")
    together = summary_of(folder, "out/two")
    assert [fit["name"] for fit in together["fits"]] == ["insilicova", "interva", "ensemble"]
    assert together["fits"][0]["mean"] == run[1]["fits"][0]["mean"]
    assert list(together["results"]["calibrated"]) == ["insilicova", "interva", "ensemble"]
    calibrate(folder, "--no-report", "--va-data=interva=deaths.csv", "--no-ensemble", out="out/no")
    assert len(summary_of(folder, "out/no")["fits"]) == 2


@needs_r
def test_fixed_has_a_posterior_too(folder):
    calibrate(folder, "--no-report", mmat_type="fixed", out="out/fixed")
    (fit,) = summary_of(folder, "out/fixed")["fits"]
    assert fit["matrix"]["concentration"] is None
    assert fit["lower_ci"]["ipre"] < fit["mean"]["ipre"] < fit["upper_ci"]["ipre"]


@needs_r
def test_a_stalled_path_has_no_intervals_anywhere(folder):
    counts = {**COUNTS, "congenital_malformation": 0}
    rows = "".join(f"{cause},{deaths}\n" for cause, deaths in counts.items())
    (folder / "zero.csv").write_text("cause,deaths\n" + rows)
    both = "--va-data=interva=deaths.csv"
    done = calibrate(folder, both, draws=(), va_data="insilicova=zero.csv", out="out/zero")
    summary = summary_of(folder, "out/zero")
    stalled, fine, ensemble = summary["fits"]
    assert (stalled["stalled"], fine["stalled"], ensemble["stalled"]) == (True, False, True)
    assert stalled["lambda"] >= 0.99
    assert ensemble["stalled_members"] == ["insilicova"]
    for fit in (stalled, ensemble):
        assert set(fit["lower_ci"].values()) == set(fit["upper_ci"].values()) == {None}
        assert summary["results"]["calibrated"][fit["name"]]["upper_ci"]["ipre"] is None
    assert fine["lower_ci"]["ipre"] is not None
    warnings = " ".join(summary["warnings"])
    assert "insilicova: the path correction stalled at lambda 0.99" in warnings
    assert "congenital_malformation: no deaths" in warnings
    assert "calibrate without insilicova" in warnings
    rows = list(csv.DictReader((folder / "out/zero.csv").open()))
    assert {row["lower_ci"] for row in rows if row["fit"] == "ensemble"} == {""}
    assert "insilicova, lambda 0.99, stalled: no intervals" in done.stdout
    assert "warning: insilicova: the path correction stalled" in done.stderr


@needs_r
def test_without_path_correction_nothing_stalls(folder):
    options = ("--no-report", "--no-path-correction")
    calibrate(folder, *options, va_data="insilicova=deaths.csv", out="out/free")
    summary = summary_of(folder, "out/free")
    assert summary["options"]["shrink_strength"] == 4
    assert not summary["fits"][0]["stalled"]


@needs_r
def test_an_example_says_so_everywhere(folder):
    changed = {"va_data": "interva=use_example", "misclassification": None, "engine": "builtin"}
    done = calibrate(folder, draws=(), out="out/example", **changed)
    summary = summary_of(folder, "out/example")
    assert summary["misclassification"]["source"] in ("example", "package")
    assert summary["example"]["text"] in summary["warnings"]
    assert f"warning: {summary['example']['text']}" in done.stderr
    if summary["example"]["truth"]:
        assert "synthetic" in (folder / "out/example.html").read_text()
        fit = summary["fits"][0]
        inside = [
            fit["lower_ci"][cause] <= share <= fit["upper_ci"][cause]
            for cause, share in summary["example"]["truth"].items()
            if cause not in fit["not_calibrated"]
        ]
        assert sum(inside) >= 4


@needs_r
def test_sensitivity_has_every_country_prior_and_fixed(folder):
    calibrate(folder, "--no-report", "--sensitivity", "--threads=2", out="out/sensitive")
    summary = summary_of(folder, "out/sensitive")
    rows = summary["sensitivity"]
    assert [(row["country"], row["mmat_type"]) for row in rows] == [
        ("Mozambique", "prior"),
        ("Mozambique", "fixed"),
        ("Kenya", "prior"),
        ("Kenya", "fixed"),
    ]
    assert rows[0]["fits"][0]["mean"] == summary["fits"][0]["mean"]
    assert rows[2]["fits"][0]["mean"] != summary["fits"][0]["mean"]


@needs_r
def test_sensitivity_leaves_out_what_cannot_be_calibrated_and_says_so(folder):
    matrices = json.loads((folder / "matrices.json").read_text())
    matrices["neonate"]["interva"] = matrices["neonate"]["interva"].copy()
    matrices["neonate"]["interva"]["Kenya"] = {"asDirich": [[5.0] * 6] * 6}
    (folder / "blind.json").write_text(json.dumps(matrices))
    options = ("--no-report", "--sensitivity", "--va-data=interva=deaths.csv")
    done = calibrate(folder, *options, misclassification="blind.json", out="out/blind")
    summary = summary_of(folder, "out/blind")
    assert [row["country"] for row in summary["sensitivity"]] == ["Mozambique", "Mozambique"]
    left_out = [text for text in summary["warnings"] if text.startswith("left out of the sens")]
    for text, mmat_type in zip(left_out, ("prior", "fixed"), strict=True):
        assert f": Kenya, {mmat_type}: there is no ensemble with interva, where" in text
        assert f"warning: {text}" in done.stderr


@needs_r
def test_the_same_question_is_not_asked_twice(folder, tmp_path):
    env = {"XDG_CACHE_HOME": str(tmp_path)}
    first = calibrate(folder, "--reuse", "--no-report", env=env, out="out/first")
    again = calibrate(folder, "--reuse", "--no-report", env=env, out="out/second")
    assert "MCMC" in first.stderr
    assert "MCMC" not in again.stderr
    assert "calibrated before with the same data, options and programs" in again.stderr
    for ending in (".summary.json", ".csv"):
        one, two = ((folder / f"out/{n}{ending}").read_bytes() for n in ("first", "second"))
        assert one == two
    other = calibrate(folder, "--reuse", "--no-report", env=env, out="out/third", seed="7")
    assert "MCMC" in other.stderr
    (kept, _) = sorted((tmp_path / "plumbline/calibrations").glob("*.json"))
    for each in kept.parent.glob("*.json"):
        each.write_text('{"fits": [')  # cut off
    assert "MCMC" in calibrate(folder, "--reuse", "--no-report", env=env, out="out/first").stderr


@needs_r
def test_chains_that_do_not_converge_are_a_failure(folder):
    options = ("--warmup=20", "--iterations=20", "--chains=4")
    done = calibrate(folder, *options, out="out/short", check=False)
    assert done.returncode == 65
    assert told(done)[-1]["message"].startswith("the chains did not converge: insilicova: ")
    assert "--iterations" in told(done)[-1]["hint"]
    assert not list((folder / "out").glob("short*"))


@needs_r
@pytest.mark.parametrize(
    ("changed", "code", "message"),
    [
        ({"age_group": "neonates"}, 64, "did you mean neonate?"),
        ({"country": "Mozambiqe"}, 64, "did you mean Mozambique?"),
        ({"va_data": "tariff=deaths.csv"}, 64, "unknown algorithm"),
        ({"va_data": "insilicova=nothing.csv"}, 66, "nothing.csv"),
        ({"misclassification": "nothing.json"}, 66, "nothing.json"),
        ({"not_calibrated": "pnuemonia"}, 64, "'pnuemonia' is no cause"),
        ({"va_data": "insilicova"}, 64, "not ALGORITHM=FILE"),
        ({"va_data": "insilicova=use_example"}, 64, "brings its own matrices"),
        ({"shrink_strength": "3"}, 64, "no effect with path correction"),
        ({"engine": "vacalibration", "compat": "2.0"}, 64, "--compat is an option of the built-in"),
        ({"rscript": "./no-such-r"}, 69, "no-such-r"),
        ({"out": None}, 64, "--out"),
        ({"country": None}, 64, "--country"),
    ],
)
def test_a_mistake_is_told_in_a_line_and_nothing_is_written(folder, changed, code, message):
    done = calibrate(folder, check=False, **({"out": "out/wrong"} | changed))
    assert done.returncode == code, done.stderr
    last = told(done)[-1]
    assert message in f"{last['message']} {last['hint']}"
    assert "Traceback" not in done.stderr
    assert not list((folder / "out").glob("wrong*"))


@needs_r
def test_real_and_made_up_deaths_do_not_mix(folder):
    done = calibrate(folder, "--va-data=interva=use_example", check=False)
    assert done.returncode == 64
    assert "do not go together" in told(done)[-1]["message"]


def test_preview_needs_neither_r_nor_an_output(folder):
    nowhere = {"rscript": "./no-such-r", "out": None, "misclassification": None, "country": None}
    done = calibrate(folder, "--preview", **nowhere)
    assert "sepsis_meningitis_inf" in done.stdout
    assert "330" in done.stdout


@needs_r
def test_an_earlier_result_survives_a_kill(run, folder):
    before = (folder / "out/mine.summary.json").read_bytes()
    words = ["--va-data=insilicova=deaths.csv", "--age-group=neonate", "--country=Mozambique"]
    words += ["--misclassification=matrices.json", "--engine=builtin", "--iterations=20000"]
    words += ["--no-reuse"]
    command = [sys.executable, "-m", "engines.calibrate", *words, "--out=out/mine"]
    process = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if "Calibrating" in line:
            break
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert children
    wait_until(lambda: not any(Path(f"/proc/{child}").exists() for child in children))
    assert (folder / "out/mine.summary.json").read_bytes() == before
    calibrate(folder, "--no-report", out="out/after")


def wait_until(condition, seconds=240):
    """R finds out that nobody listens any more when it next says how far it is."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


@needs_r
def test_few_deaths_are_said_to_be_few(folder):
    (folder / "few.csv").write_text("cause,deaths\n" + "".join(f"{cause},2\n" for cause in COUNTS))
    calibrate(folder, "--no-report", va_data="insilicova=few.csv", out="out/few")
    warnings = summary_of(folder, "out/few")["warnings"]
    assert any("12 deaths are few for 6 causes" in text for text in warnings)
