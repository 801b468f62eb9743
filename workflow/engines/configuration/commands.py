"""From the configuration to the options of the commands that the rules run."""

import os
import re
import shlex
from collections.abc import Mapping
from typing import Any

from engines.calibrate.case import EXAMPLE
from engines.configuration.plan import (
    ANNOTATION,
    CALIBRATION,
    FETCHED,
    QC,
    RESISTANCE,
    SCREEN,
    Dataset,
    ReadSet,
    Sample,
    Tumour,
    fetch_cache,
    passes,
)

# hap.py's names of the regions that a sample may have, and of its engines.
HAPPY_REGIONS = {"confident": "-f", "target": "-T", "stratification": "--stratification"}
HAPPY_ENGINES = {"happy": "xcmp", "vcfeval": "vcfeval"}


def options(values: Mapping[str, Any]) -> str:
    """Options named as the keys are: ``dup_to_ins: true`` is ``--dup-to-ins``, false ``--no-…``.

    A list is the option again for each, and a value that is None is left out.
    """
    words = []
    for key, value in values.items():
        name = key.replace("_", "-")
        if isinstance(value, bool):
            words.append(f"--{name}" if value else f"--no-{name}")
        elif isinstance(value, list):
            words += [f"--{name} {shlex.quote(str(each))}" for each in value]
        elif value is not None:
            words.append(f"--{name} {shlex.quote(str(value))}")
    return " ".join(words)


def compare_options(sample: Sample, files: Mapping[str, str]) -> str:
    """What one sample brings to `plumbline compare`: regions, name in the VCF, sex, baseline."""
    whose = {"sex": sample.sex, "baseline": files.get("baseline")}
    return f"{compare_sv_options(sample, files)} {options(whose)}"


def compare_sv_options(sample: Sample, files: Mapping[str, str]) -> str:
    """What one sample brings to `plumbline compare-sv`: its regions, its name in the VCF."""
    regions = {role: files.get(role) for role in HAPPY_REGIONS}
    return options({"query_sample": sample.query_sample, **regions, **_called(sample)})


def row_of(sample: Sample) -> str:
    """What a comparison takes from the row of a sample, its files apart."""
    return repr((sample.sex, sample.query_sample, sample.called, sample.gvcf))


def _called(sample: Sample) -> dict[str, str]:
    """Of calls that this run makes: whose they are, and by whom."""
    return dict(zip(("called_sample", "caller"), sample.called or (), strict=False))


def happy_options(sample: Sample, files: Mapping[str, str], called: str = "") -> str:
    """What one sample brings to hap.py, which has to be told that a query is a gVCF.

    For that it goes by the file's name, as one does by hand, but for calls that are made here.

    Args:
        called: its name where it comes from, when the file here has another.
    """
    words = [f"{HAPPY_REGIONS[r]} {shlex.quote(files[r])}" for r in HAPPY_REGIONS if files.get(r)]
    if sample.gvcf or re.search(r"\.g\.?vcf(\.b?gz)?$", called or files["query"]):
        words.append("--convert-gvcf-query")
    return " ".join([*words, f"--gender {sample.sex}"])


def read_happy_options(sample: Sample, files: Mapping[str, str]) -> str:
    """What `plumbline read-happy` needs to know of a comparison by hap.py."""
    roles = ("truth", "query", "reference", "confident", "target")
    return options({role: files.get(role) for role in roles} | _called(sample))


def preparation(config: Mapping[str, Any]) -> str:
    """What is done to query calls first, and by what score they are counted.

    The same options for `plumbline compare` and hap.py, but what hap.py lacks.
    """
    settings = config["small_variants"]
    words = [options({key: settings[key] for key in ("decompose", "leftshift")})]
    words += ["--pass-only"] if settings["pass_only"] else []
    field = settings["roc"]
    if field == "none":
        words.append("--no-roc")
    elif field != "QUAL":
        if happy_engine(config):  # a key of FORMAT stands alone for it, and one of INFO has a dot
            field = field.replace("/", ".", 1).removeprefix("FORMAT.").removeprefix("FMT.")
        words.append(options({"roc": field}))
    lists = {key: ",".join(settings[key]) or None for key in ("filters_only", "roc_filter")}
    words.append(options(lists))
    if settings["somatic"]:
        words.append("--squash-ploidy")
    if settings["af_field"]:
        words.append(options({key: settings[key] for key in ("af_field", "af_strata")}))
    return " ".join(word for word in words if word)


def comparison_tables(config: Mapping[str, Any]) -> list[str]:
    """Endings of what `plumbline compare` writes beside what every engine leaves behind."""
    settings = config["small_variants"]
    endings = [".extended.csv", ".metrics.json.gz", ".runinfo.json"]
    endings += [".differences.json", ".differences.tsv.gz"]
    if settings["somatic"]:
        endings.append(".somatic.csv")
    if settings["roc"] == "none":
        return endings
    filters = ["", ".PASS", ".SEL"] if settings["roc_filter"] else ["", ".PASS"]
    levels = [
        f".roc.Locations.{kind}{each}.csv.gz" for kind in ("SNP", "INDEL") for each in filters
    ]
    return [*endings, ".roc.all.csv.gz", *levels]


def happy_engine(config: Mapping[str, Any]) -> str:
    """The configured engine as hap.py calls it; nothing where it is not hap.py's."""
    return HAPPY_ENGINES.get(config["small_variants"]["engine"], "")


def calibrate_options(dataset: Dataset, files: Mapping[str, str]) -> str:
    """What one dataset brings to `plumbline calibrate`: deaths, age group, country, matrices."""
    deaths = [f"{name}={files.get(name, EXAMPLE)}" for name in dataset.va_data]
    whose = {"va_data": deaths, "age_group": dataset.age_group, "country": dataset.country}
    tables = {role: files.get(role) for role in ("misclassification", "cause_map")}
    return options(whose | tables)


def calibration(config: Mapping[str, Any], dataset: Dataset) -> str:
    """How `plumbline calibrate` is to go about it; of one algorithm there is no ensemble."""
    settings = {**config[CALIBRATION], "learn": config[CALIBRATION]["learn_not_calibrated"]}
    files = {"misclassification", "cause_map", "learn_not_calibrated"}
    left_out = files | ({"ensemble"} if len(dataset.va_data) == 1 else set())
    settings["not_calibrated"] = settings["not_calibrated"] or ["none"]
    return options({key: value for key, value in settings.items() if key not in left_out})


# Of a whole genome, mosdepth tells the depth in windows of as many bases.
WINDOW = 10_000

# Files of the command, besides the calls; and what is no option of it.
ANNOTATION_FILES = ("knowledge", "fasta", "gff", "transcripts", "population", "callable")
NOT_ASKED = (*ANNOTATION_FILES, "check_reference", "scores", "strict", "fail_on_error")


def annotate_options(tumour: Tumour, files: Mapping[str, str]) -> str:
    """What one tumour brings to `plumbline annotate`: its disease, its name, its files."""
    whose = {"disease": tumour.disease, "build": tumour.build, "tumour": tumour.sample}
    whose["msi"] = tumour.msi
    normal = {None: "", True: " --tumour-only", False: " --matched"}[tumour.tumour_only]
    return options(whose | {role: files.get(role) for role in ANNOTATION_FILES}) + normal


def annotation(config: Mapping[str, Any]) -> str:
    """How `plumbline annotate` is to go about it."""
    settings = config[ANNOTATION]
    words = {key: value for key, value in settings.items() if key not in NOT_ASKED}
    flags = "".join(f" --{key.replace('_', '-')}" for key in NOT_ASKED[-2:] if settings[key])
    return options(words | {"score": settings["scores"]}) + flags


# Of the configuration's keys for a screen, those that are no options of the command as they stand.
NOT_OF_SCREEN = ("resistance", "genomes", "taxdump", "executable", "device", "gpus")


def screen_options(reads: ReadSet, files: Mapping[str, Any]) -> str:
    """What one sample brings to `plumbline screen`: its reads, its species, its databases."""
    own = files["resistance"]
    whose = {"r1": list(reads.forward), "r2": list(reads.reverse), "species": reads.species}
    places = {
        "resistance_db": own if isinstance(own, str) else RESISTANCE,
        "reference_db": files.get("genomes"),
        "taxdump": files.get("taxdump"),
        "executable": files.get("executable"),
    }
    return options(whose | places)


def screened(reads: ReadSet) -> str:
    """The same files for `plumbline attempt`, which names them where it gives up."""
    return options({"input": [*reads.forward, *reads.reverse]})


def screening(config: Mapping[str, Any]) -> str:
    """How `plumbline screen` is to go about it."""
    settings = config[SCREEN]
    return options({key: value for key, value in settings.items() if key not in NOT_OF_SCREEN})


def screen_device(config: Mapping[str, Any], attempt: int) -> str:
    """Where an attempt screens: what a GPU did not do is done by the processor."""
    device: str = config[SCREEN]["device"]
    return "cpu" if device == "auto" and attempt > 1 else device


def screen_slot(config: Mapping[str, Any]) -> str:
    """What gives a screen that asked Snakemake for a GPU one of its own; nothing for others."""
    if not config[SCREEN]["gpus"]:
        return ""
    return "plumbline gpu --" if config[SCREEN]["device"] == "gpu" else "plumbline gpu --if-any --"


def reference_options(config: Mapping[str, Any], kind: str) -> str:
    """Options of `plumbline references ensure`: which release, from where, and kept where."""
    settings = config["references"]
    version = settings["versions"][kind]
    return options({"version": version, "cache": settings["cache"], "mirror": settings["mirror"]})


def fetch_options(config: Mapping[str, Any], sample: Sample, role: str) -> str:
    """What `plumbline fetch` brings, from where, and what it is called here."""
    settings = config["fetch"]
    patterns = settings["patterns"][role]
    wanted = f"{role}={','.join(patterns)}" if patterns else role
    what = {"sample": sample.name, "preset": settings["preset"], "role": wanted}
    return options(what | {"endpoint": settings["endpoint"]})


def fetch_manner(config: Mapping[str, Any], sample: Sample, role: str) -> str:
    """How it goes about it, and where it keeps the files: none of it changes what comes."""
    cache = fetch_cache(config)
    kept = {"cache": cache} if cache else {"into": _fetched_into(config, sample, role)}
    return f"{options(kept)} {_transfer_options(config['fetch'])}"


def after_fetch(config: Mapping[str, Any], sample: Sample, role: str) -> str:
    """What follows when files have come that are to go: only the (hard) links hold them then.

    The link to calls is an output; alignments are linked in a folder that becomes one. Before all
    is here no file is an output, so that the next attempt goes on with what came.
    """
    if not passes(config, role):
        return ""
    links = alignments_link(config, sample)
    held = f"; mv {links} {FETCHED}/{sample.name}/{role}" if role == "alignments" else ""
    return f"{held}; rm -r {_fetched_into(config, sample, role)}"


def alignments_link(config: Mapping[str, Any], sample: Sample) -> str:
    """The folder in which the fetched alignments are linked by a name that is known."""
    return f"{FETCHED}/{sample.name}{'/links' if passes(config, 'alignments') else ''}"


def alignments_of(sample: Sample, files: Any) -> str:
    """For the shell: the alignments of a sample; of fetched ones the ending is known by then."""
    if "alignments" in files.keys():  # noqa: SIM118  Snakemake's named files
        return shlex.quote(files.alignments)
    held = "/alignments" if "held" in files.keys() else ""  # noqa: SIM118
    return f"{FETCHED}/{sample.name}{held}/alignments.[bc]*am"


def _fetched_into(config: Mapping[str, Any], sample: Sample, role: str) -> str:
    """Folder of the run; a role whose files go has one of its own."""
    return f"{FETCHED}/{sample.name}/files{f'.{role}' if passes(config, role) else ''}"


def _transfer_options(settings: Mapping[str, Any]) -> str:
    """Options that only say how, as far as `plumbline fetch` or `plumbline upload` has them."""
    keys = ("profile", "region", "connections", "limit")
    flags = ("unsigned", "requester_pays", "ignore_etag")
    words = [options({key: settings[key] for key in keys if key in settings})]
    words += [f"--{key.replace('_', '-')}" for key in flags if settings.get(key)]
    return " ".join(word for word in words if word)


def names_of(sample: Sample) -> str:
    """The name of a sample, and those that files with metrics may use for it."""
    aliases = dict.fromkeys(name for name in (sample.alias, sample.query_sample) if name)
    return options({"sample": sample.name, "alias": list(aliases)})


def collect_options(sample: Sample) -> str:
    """What one sample brings to `plumbline qc collect`: its names, and its day."""
    return f"{names_of(sample)} {options({'date': sample.day})}".rstrip()


def depth_options(files: Mapping[str, str]) -> str:
    """What one sample brings to mosdepth: its target, else windows; CRAM needs the genome."""
    return options({"by": files.get("target") or WINDOW, "fasta": files.get("reference")})


def genotype_options(config: Mapping[str, Any], sex: str, files: Mapping[str, str]) -> str:
    """What one sample brings to `plumbline qc genotypes`, and where frequencies come from."""
    roles = {role: files.get(role) for role in ("coverage", "haploid", "population")}
    return options({"sex": sex, **roles, "tag": config[QC]["population_tag"]})


def _cohort(config: Mapping[str, Any]) -> str | None:
    """Folder of the samples to compare with; None for those of the run alone."""
    return config[QC]["cohort"] or os.environ.get("PLUMBLINE_COHORT") or None


def judge_options(config: Mapping[str, Any]) -> str:
    """By what `plumbline qc judge` judges: thresholds, and the samples that were kept."""
    return options({"thresholds": config[QC]["thresholds"], "kept": _cohort(config)})


def keep_options(config: Mapping[str, Any]) -> str:
    """Which samples `plumbline qc keep` keeps, and where; empty where none are kept."""
    wanted, folder = config[QC]["keep"], _cohort(config)
    return options({"verdict": wanted, "cohort": folder}) if wanted and folder else ""


def history(config: Mapping[str, Any]) -> str:
    """Folder in which the results of all runs are kept."""
    given = config["history"] or os.environ.get("PLUMBLINE_HISTORY")
    return str(given or "results/history")


# Of results/, never uploaded: what came from elsewhere, what is of many runs, what an upload says,
# and a mark of the workflow.
NEVER_UPLOADED = ("fetched/*", "references/*", "history/*", "upload/*", "qc/kept")


def upload_options(config: Mapping[str, Any]) -> str:
    """What `plumbline upload` takes, and where it puts it."""
    settings = config["upload"]
    words = {key: settings[key] for key in ("to", "include", "endpoint")}
    words["exclude"] = [*settings["exclude"], *NEVER_UPLOADED]
    return options(words) + (" --replace" if settings["replace"] else "")


def upload_manner(config: Mapping[str, Any]) -> str:
    """How it goes about it."""
    return _transfer_options(config["upload"])
