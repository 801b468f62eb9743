"""The environment of the R package vacalibration: its form only, making it needs conda and CRAN."""

import re
import subprocess
from pathlib import Path

import yaml
from r import needs_r

ENVS = Path(__file__).resolve().parents[2] / "envs"
SCRIPT = ENVS / "vacalibration.post-deploy.sh"


def test_it_is_pinned_and_brings_what_the_package_imports():
    spec = yaml.safe_load((ENVS / "vacalibration.yaml").read_text())
    assert set(spec) == {"channels", "dependencies"}
    assert all(re.fullmatch(r"[\w.-]+ =\d+(\.\d+)+", each) for each in spec["dependencies"])
    names = {each.partition(" ")[0] for each in spec["dependencies"]}
    imported = {"r-jsonlite", "r-rstan", "r-knitr", "r-ggplot2", "r-patchwork", "r-reshape2"}
    assert imported <= names


def test_the_script_beside_it_names_no_address():
    """Snakemake runs it after it has made the environment of the same name."""
    text = SCRIPT.read_text()
    assert "://" not in text
    assert 'version <- "2.2"' in text
    subprocess.run(["bash", "-n", SCRIPT], check=True)


@needs_r
def test_the_script_is_r():
    code = SCRIPT.read_text().partition("<<'R'\n")[2].rpartition("R\n")[0]
    assert "install.packages" in code
    parsed = ["Rscript", "-e", "invisible(parse(file('stdin')))"]
    subprocess.run(parsed, input=code, text=True, check=True)
