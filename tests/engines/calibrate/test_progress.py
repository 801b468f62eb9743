"""What R prints, as progress: shares of iterations that were done, each fit by its cost."""

import json

import pytest

from engines.calibrate.progress import Fits, Share

# Lines of vacalibration 2.2 with rstan, as a pipe gives them.
PACKAGE = """\
* Preparing VA data for calibration

* Using the user-specified misclassification matrix for calibration
* Calibrating insilicova
** Not calibrating: congenital_malformation, other
PROGRESS: 0.0% - Compiling model
hash mismatch so recompiling; make sure Stan code ends with a blank line
not checked for suspicious field assignments (recommended package 'codetools' not available?)

SAMPLING FOR MODEL 'seqcalib' NOW (CHAIN 1).
Chain 1:
Chain 1: Gradient evaluation took 3.9e-05 seconds
Chain 1: Iteration:    1 / 2000 [  0%]  (Warmup)
Chain 1: Iteration: 1000 / 2000 [ 50%]  (Warmup)
Chain 1: Iteration: 2000 / 2000 [100%]  (Sampling)
* Calibrating interva

SAMPLING FOR MODEL 'seqcalib' NOW (CHAIN 1).
Chain 1: Iteration: 1000 / 2000 [ 50%]  (Warmup)
Chain 1: Iteration: 2000 / 2000 [100%]  (Sampling)
* Ensemble calibration
SAMPLING FOR MODEL 'seqcalib' NOW (CHAIN 1).
Chain 1: Iteration: 1000 / 2000 [ 50%]  (Warmup)
Chain 1: Iteration: 2000 / 2000 [100%]  (Sampling)
* VA-Calibration complete
"""


@pytest.fixture
def told(capfd):
    """What was told so far: progress as data, everything else as text."""

    def read():
        progress, log = [], []
        for line in capfd.readouterr().err.splitlines():
            if line.startswith("{"):
                progress.append(json.loads(line)["data"])
            else:
                log.append(line)
        return progress, log

    return read


@pytest.fixture(autouse=True)
def every_step(monkeypatch):
    monkeypatch.setattr("engines.calibrate.progress.INTERVAL", 0.0)


def follow(text, *names, ensemble=True):
    fits = Fits(names, ensemble, Share([1.0]))
    for line in text.splitlines():
        fits.line(line)


def test_the_ensemble_counts_as_much_as_its_members(told):
    follow(PACKAGE, "insilicova", "interva")
    progress, _ = told()
    shares = [data["progress"] for data in progress]
    assert shares == [0.0, 0.0, 12.5, 25.0, 37.5, 50.0, 75.0, 99.9]
    assert [data["fit"] for data in progress][-3:] == ["interva", "ensemble", "ensemble"]


def test_stages_say_what_is_done_to_which_fit(told):
    follow(PACKAGE, "insilicova", "interva")
    stages = [data["stage"] for data in told()[0]]
    assert stages[0] == "Compiling model (insilicova)"
    assert stages[1] == "Running MCMC calibration (insilicova, warmup)"
    assert stages[-1] == "Running MCMC calibration (ensemble, sampling)"


def test_iterations_and_noise_are_no_lines_of_the_log(told):
    follow(PACKAGE, "insilicova", "interva")
    log = told()[1]
    assert "* Calibrating insilicova" in log
    assert "** Not calibrating: congenital_malformation, other" in log
    assert not any("Iteration" in line or "suspicious" in line or not line.strip() for line in log)


def test_older_versions_name_no_fit_and_are_followed_by_their_models(told):
    model = "SAMPLING FOR MODEL 'seqcalib' NOW (CHAIN 1).\n"
    step = "Chain 1: Iteration: 100 / 100 [100%]  (Sampling)\n"
    follow((model + step) * 3, "insilicova", "interva")
    progress = told()[0]
    assert [data["fit"] for data in progress] == ["insilicova", "interva", "ensemble"]
    assert [data["progress"] for data in progress] == [25.0, 50.0, 99.9]


def test_our_own_engine_tells_in_percent(told):
    text = "* Calibrating eava\nPROGRESS: 45.0% - warmup\nPROGRESS: 70.0% - sampling\n"
    follow(text, "eava", ensemble=False)
    assert [data["progress"] for data in told()[0]] == [45.0, 70.0]


def test_progress_never_goes_back_nor_reaches_100_by_itself(told):
    follow("".join(f"PROGRESS: {share}% - sampling\n" for share in (60.0, 20.0, 250)), "a")
    shares = [data["progress"] for data in told()[0]]
    assert shares == sorted(shares)
    assert shares[-1] < 100


def test_several_calibrations_share_one_scale_by_their_cost(told):
    share = Share([4.0, 1.0])
    Fits(["a"], False, share, 1, "Kenya, fixed: ").line("PROGRESS: 50% - sampling")
    Fits(["a"], False, share, 0).line("PROGRESS: 50% - sampling")
    first, second = told()[0]
    assert first["stage"] == "Kenya, fixed: Running MCMC calibration (a, sampling)"
    assert (first["progress"], second["progress"]) == (10.0, 50.0)


def test_an_algorithm_that_nobody_asked_for_is_a_line_of_the_log(told):
    follow("* Calibrating tariff\n", "eava")
    assert told() == ([], ["* Calibrating tariff"])
