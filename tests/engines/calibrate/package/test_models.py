"""Where compiled Stan models are kept when the package's own folder cannot be written."""

import json
import subprocess

import pytest
from vacalibration_lab import SOURCES, install

from engines.calibrate.session import MAIN
from tests.support.r import needs_r

pytestmark = needs_r

# Functions of package.R on a machine where nobody may write into the folder of the packages,
# and where the headers of Boost lie as Debian has them.
SCRIPT = """
options <- commandArgs(TRUE)
setwd(options[1])
.load <- function(...) NULL
fail <- function(kind, ...) stop(kind, ": ", ...)
source("package.R")
file.access <- function(...) -1L
dir.exists <- function(path) identical(path, "/usr/include/boost")
system.file <- function(...) options[2]
spec <- list(mmat_type = "prior", cache = options[3])
api <- list(version = "2.2", installed = "2.2")
lines <- c(capture.output(package_compile(spec, api)), capture.output(package_compile(spec, api)))
old <- list(version = "2.0", installed = "2.0")
refused <- tryCatch(package_compile(spec, old), error = conditionMessage)
cat(jsonlite::toJSON(list(
  lines = I(lines), boost = rstan::rstan_options("boost_lib"), refused = refused,
  offered = class(get("vacalibration_seqcalib", globalenv()))
), auto_unbox = TRUE))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What R did with a package folder that is read only, and the folder of models."""
    folder = tmp_path_factory.mktemp("models")
    library = install(folder / "library", SOURCES / "rstan")
    source, models = folder / "seqcalib.stan", folder / "models"
    source.write_text("parameters { real p; }\n")
    script = folder / "script.R"
    script.write_text(SCRIPT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("R_LIBS_USER", str(library))
        command = ["Rscript", "--no-init-file", script, MAIN.parent, source, models]
        done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), models


def test_a_model_is_compiled_once_and_handed_to_the_package(told):
    said, models = told
    assert said["lines"] == ["PROGRESS: 0.0% - Compiling model"]
    (compiled,) = models.glob("vacalibration-2.2-*/seqcalib.rds")
    assert compiled.with_suffix(".stan").exists()
    assert said["offered"] == "stanmodel"


def test_version_2_0_reads_models_of_its_own_folder_alone(told):
    said, _ = told
    assert said["refused"].startswith("unavailable: the models that vacalibration 2.0 came with")
    assert "install it into a folder of your own, or take version 2.2" in said["refused"]


def test_headers_of_debian_are_found(told):
    assert told[0]["boost"] == "/usr/include"
