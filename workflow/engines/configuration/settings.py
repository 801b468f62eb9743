"""The configuration itself: its keys against the schema, and the files that it names."""

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from engines.configuration.callers import LONG_PRESETS, LONGEST_SHORT, check_call
from engines.configuration.commands import happy_engine
from engines.configuration.places import file_problem, is_folder
from engines.configuration.plan import ANNOTATION, CALIBRATION, QC, SCREEN
from engines.configuration.problems import Problems
from engines.configuration.schema import errors, from_text, read_schema, with_defaults
from engines.contract.errors import EngineError
from engines.contract.wording import did_you_mean, either, quoted
from engines.references import catalogue


@dataclass(frozen=True)
class Source:
    """Where keys were written, for messages.

    Attributes:
        files: the configuration files.
        typed: keys that the command line gave (``--config``).
    """

    files: Sequence[str | Path]
    typed: Collection[str]

    def of(self, key: str) -> str:
        """The file, or the option, that a key (``small_variants.engine``) came from."""
        if key.split(".")[0] in self.typed:
            return "--config"
        return " + ".join(map(_seen_from_here, self.files)) or "the configuration"


def unreadable(path: str) -> str:
    """Why a configuration file cannot be read, with line and column; empty where it can."""
    try:
        with open(path, encoding="utf-8") as handle:
            yaml.safe_load(handle)
    except FileNotFoundError:
        return f"{path}: no such file; copy config/config.yaml of Plumbline, or use --configfile"
    except (OSError, UnicodeDecodeError) as error:
        return f"{path}: cannot be read: {error}"
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        return f"{path}{where}: not YAML: {error.problem}"
    except yaml.YAMLError as error:
        return f"{path}: not YAML: {' '.join(str(error).split())}"
    return ""


def _seen_from_here(file: str | Path) -> str:
    path, here = Path(file).absolute(), Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def check_settings(config: Mapping[str, Any], source: Source, problems: Problems) -> dict[str, Any]:
    """Every key of a configuration, checked, with defaults filled in.

    What is wrong goes to ``problems``, and the default is taken in its place so that the rest can
    be checked too; ``samples`` is None where there is no sheet to read.
    """

    def told(key: str, what: str) -> None:
        problems.add(source.of(key), f"{key}: {what}")

    schema = read_schema("config")
    named = with_text_keys(config)
    for key in set(source.typed) & set(named) & set(schema["properties"]):
        named[key] = from_text(named[key], schema["properties"][key])
    filled = with_defaults(named, schema)
    wrong = errors(filled, "config")
    for path, text in wrong:
        told(".".join(path), text)
    bad = {path[0] for path, _ in wrong}
    good = {key: filled[key] for key in schema["properties"] if key not in bad}
    for key in bad & set(schema["properties"]):
        within = ["".join(path[1:2]) for path, _ in wrong if path[0] == key]
        if all(within) and isinstance(filled[key], Mapping):  # the rest of a group holds
            good[key] = {k: value for k, value in filled[key].items() if k not in within}
    checked: dict[str, Any] = with_defaults(good, schema)
    _check_files(checked, told)
    _check_names(checked, told)
    if "samples" in bad or checked["sample"] or checked["source"]:
        checked["samples"] = None
    elif trouble := file_problem(checked["samples"]):
        told("samples", trouble)
        checked["samples"] = None
    return checked


def with_text_keys(value: Any) -> Any:
    """``value`` with every key as text: YAML reads ``38:`` as a number."""
    if isinstance(value, Mapping):
        return {str(key): with_text_keys(each) for key, each in value.items()}
    return value


def _check_files(config: dict[str, Any], told: Callable[[str, str], None]) -> None:
    """Are the files and folders there that the configuration names?"""
    for name, genome in config["genomes"].items():
        _tell_missing(genome, genome, f"genomes.{name}", told)
    table = config["small_variants"]["stratifications"]
    if table not in ("none", "giab") and (trouble := _table_problem(table)):
        told("small_variants.stratifications", trouble)
    of_annotation = ("knowledge", "gff", "transcripts", "population")
    _tell_missing(config[ANNOTATION], of_annotation, ANNOTATION, told)
    templates = config[ANNOTATION]["templates"]
    if templates and not is_folder(templates):
        told(f"{ANNOTATION}.templates", f"{quoted(templates)} is no folder")
    _tell_missing(config[CALIBRATION], ("misclassification", "cause_map"), CALIBRATION, told)
    _check_screen(config[SCREEN], told)
    if (table := config[QC]["thresholds"]) and (trouble := _thresholds_problem(table)):
        told(f"{QC}.thresholds", trouble)
    for group, key in (("references", "truth_dir"), (QC, "cohort")):
        folder = config[group][key]
        if folder and not is_folder(folder):
            hint = "; make it, to begin one" if group == QC else ""
            told(f"{group}.{key}", f"no such folder: {quoted(folder)}{hint}")
            config[group][key] = None


def _tell_missing(
    group: Mapping[str, Any], keys: Iterable[str], place: str, told: Callable[[str, str], None]
) -> None:
    """Tell which of the files of a group cannot be read; an empty key names none."""
    for key in keys:
        if group[key] and (trouble := file_problem(group[key])):
            told(f"{place}.{key}", trouble)


def _check_screen(settings: dict[str, Any], told: Callable[[str, str], None]) -> None:
    """Are the databases, the genomes and the program there?"""
    genomes, program = (settings[key] for key in ("genomes", "executable"))
    for key in ("resistance", "taxdump"):
        if settings[key] and not is_folder(settings[key]):
            told(f"{SCREEN}.{key}", f"no such folder: {quoted(settings[key])}")
    if settings["taxdump"] and not genomes:
        told(f"{SCREEN}.taxdump", f"is for the genomes of {SCREEN}.genomes, and that is empty")
    if genomes and not is_folder(genomes) and (trouble := file_problem(genomes)):
        told(f"{SCREEN}.genomes", trouble)
    if program and (trouble := file_problem(program)):
        told(f"{SCREEN}.executable", trouble)
    elif program and not os.access(program, os.X_OK):
        told(f"{SCREEN}.executable", f"{quoted(program)} may not be run; chmod +x it")


def _table_problem(table: str) -> str:
    """Why nothing can be counted by this table of stratifications; empty where it can.

    Of its BED files it is only asked whether they are there.
    """
    # imported here, as few runs have a table of their own
    from engines.compare.stratification import read_table

    if trouble := file_problem(table):
        return trouble + did_you_mean(table, ("none", "giab"))
    try:
        rows = read_table(Path(table))
    except OSError as error:
        return f"{quoted(table)} cannot be read: {error.strerror}"
    except EngineError as error:
        return f"{error.message}; {error.hint}" if error.hint else error.message
    for row in rows:
        if trouble := file_problem(str(row.path)):
            return f"{row.where}: {trouble}"
    return ""


def _thresholds_problem(file: str) -> str:
    """Why nothing can be judged by this file; empty where it can."""
    # imported here, as it reads the schemas of this package
    from engines.qc.thresholds import read_thresholds

    if trouble := file_problem(file):
        return trouble
    try:
        read_thresholds(Path(file))
    except EngineError as error:
        return error.message
    return ""


def _check_names(config: dict[str, Any], told: Callable[[str, str], None]) -> None:
    """Do the build and the releases exist, and do the keys go together?"""
    if config["build"] not in builds(config):
        told("build", no_build(config["build"], config))
    versions = config["references"]["versions"]
    for kind, version in versions.items():
        if version is None:
            continue
        known = {entry.version for entry in catalogue.load().select(kind)}
        if version not in known:
            near = did_you_mean(version, known) or f"; there is {either(sorted(known))}"
            told(f"references.versions.{kind}", f"there is no {quoted(version)}{near}")
            versions[kind] = None
    _check_align(config, told)
    check_call(config, told)
    _check_small_variants(config, told)
    _check_calibration(config[CALIBRATION], told)
    _check_annotation(config[ANNOTATION], told)


def _check_align(config: Mapping[str, Any], told: Callable[[str, str], None]) -> None:
    """Do the keys of the alignment go together, and those of simulated reads?"""
    settings, simulated = config["align"], config["simulate"]
    if settings["preset"] and settings["aligner"] != "minimap2":
        told("align.preset", f"is for aligner minimap2, and the aligner is {settings['aligner']}")
    elif settings["preset"] in LONG_PRESETS and settings["trim"]:
        told("align.trim", f"fastp is for short reads, and preset {settings['preset']} for long")
    if simulated["fragment"] < simulated["read_length"] <= LONGEST_SHORT:
        what = f"{simulated['fragment']} bases, and reads of {simulated['read_length']} do not fit"
        told("simulate.fragment", what)


def _check_small_variants(config: Mapping[str, Any], told: Callable[[str, str], None]) -> None:
    """Do the keys of a comparison go together?"""
    settings = config["small_variants"]
    if settings["happy_arguments"] and not happy_engine(config):
        what = "are for engine happy or vcfeval, and the engine is builtin"
        told("small_variants.happy_arguments", what)
    for key in ("somatic", "af_field"):
        if settings[key] and happy_engine(config):
            told(f"small_variants.{key}", f"is for engine builtin, not {settings['engine']}")
    bounds = [float(bound) for bound in (settings["af_strata"] or "").split(",") if bound]
    if bool(settings["af_field"]) != bool(bounds):
        missing = "af_strata" if settings["af_field"] else "af_field"
        told(f"small_variants.{missing}", "af_field and af_strata belong together")
    elif any(low >= high for low, high in pairwise(bounds)):
        told("small_variants.af_strata", "has to rise: 0,0.05,0.2,1")


def _check_calibration(settings: dict[str, Any], told: Callable[[str, str], None]) -> None:
    """Do the keys of a calibration go together?"""
    for key in ("compat", "chains"):
        if settings["engine"] == "vacalibration" and settings[key] is not None:
            what = "is for engine builtin, and the engine is vacalibration"
            told(f"{CALIBRATION}.{key}", what)
    if settings["path_correction"] and settings["shrink_strength"] is not None:
        what = "has no effect with path correction; write path_correction: false, or leave it away"
        told(f"{CALIBRATION}.shrink_strength", what)
    if settings["mmat_type"] == "samples" and not settings["misclassification"]:
        what = "samples have to be in a file of your own; name it in calibration.misclassification"
        told(f"{CALIBRATION}.mmat_type", what)


def _check_annotation(settings: dict[str, Any], told: Callable[[str, str], None]) -> None:
    """Do the keys of an annotation go together?"""
    if settings["gff"] and not settings["check_reference"]:
        what = "gene models need the genome; write check_reference: true"
        told(f"{ANNOTATION}.gff", what)
    if settings["population"] and not settings["population_tag"]:
        told(f"{ANNOTATION}.population_tag", "is missing; write the tag of the frequency, e.g. AF")


def builds(config: Mapping[str, Any]) -> list[str]:
    """The genomes that a sample may be on: those of the catalogue, and the site's own."""
    return [*catalogue.load().builds, *config["genomes"]]


def no_build(build: str, config: Mapping[str, Any]) -> str:
    """What to say of a build that does not exist."""
    known = builds(config)
    for each in catalogue.load().builds.values():
        if build.lower() in map(str.lower, each.also_called):
            return f"{quoted(build)} is not a genome; did you mean {each.name}?"
    near = did_you_mean(build, known)
    return f"{quoted(build)} is not a genome{near or f'; there is {either(known)}'}"
