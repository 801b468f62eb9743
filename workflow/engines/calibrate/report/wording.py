"""What the report says in words that are read without having studied the method."""

from collections.abc import Mapping, Sequence
from typing import Any

from engines.calibrate.case import ENSEMBLE
from engines.calibrate.diagnostics import HIGHEST_RHAT, LEAST_ESS, MOST_DIVERGENT
from engines.charts.calibrations import engine_of

Data = Mapping[str, Any]

NOT_GIVEN = "not given (path correction stalled)"
NOT_CALIBRATED = "not calibrated"
KINDS = {
    "prior": "uncertain (prior)",
    "fixed": "taken as exact (fixed)",
    "samples": "by their samples",
}
SOURCES = {
    "file": "a file of your own",
    "package": "the R package",
    "download": "downloaded from its publisher",
    "example": "made for the example",
}
FORMS = {
    "individual causes": "a cause for each death",
    "cause probabilities": "probabilities of causes for each death",
    "broad causes": "a broad cause for each death",
    "counts": "deaths by cause",
}


def facts(data: Data) -> list[str]:
    """What was calibrated, with what: a line each."""
    engine, matrices = data["engine"], data["misclassification"]
    version = f", version {matrices['version']}" if matrices["version"] else ""
    version = "" if matrices["version"] and matrices["version"] in matrices["name"] else version
    country = f" Country of the matrices: {data['country']}."
    if matrices["source"] == "example":  # of no country
        country = ""
    lines = [
        f"Age group: {data['age_group']}.{country}",
        f"Engine: {engine_of(data)}, R {engine['r']}.",
        f"Misclassification: {matrices['name']}{version} ({SOURCES[matrices['source']]}), "
        f"{KINDS[data['mmat_type']]}.",
    ]
    return lines + [_deaths(each) for each in data["inputs"]]


def _deaths(entry: Data) -> str:
    aside = entry["undetermined"]
    rest = f"; {_deaths_of(aside)} without a cause set aside" if aside else ""
    return f"{entry['algorithm']}: {_deaths_of(entry['counted'])} counted{rest}."


def _deaths_of(number: int) -> str:
    return f"{number:,} death" + ("" if number == 1 else "s")


def stalled_lines(data: Data) -> list[str]:
    """Which fits stalled, and what that does to the ensemble."""
    lines = []
    for fit in data["fits"]:
        if fit["stalled"] and not fit["stalled_members"]:
            path = "" if fit["lambda"] is None else f" (λ = {fit['lambda']:.2f})"
            lines.append(
                f"{fit['name']}: the path correction went to its end{path}. Hardly "
                "anything was calibrated, and no interval is given, because it would be far too "
                "narrow. Do not report it as calibrated. The usual "
                "reason is a cause with no deaths, or hardly any, among those to be calibrated."
            )
        if fit["stalled_members"]:
            members = ", ".join(fit["stalled_members"])
            lines.append(
                f"{fit['name']}: it contains {members}, whose path correction went to its end, "
                "so it leans towards the uncalibrated numbers of that, and no interval is given. "
                "Calibrate without it too."
            )
    return lines


def untouched_lines(data: Data) -> list[str]:
    """Fits of which nothing was calibrated."""
    return [
        f"{fit['name']}: nothing was calibrated, because at most one cause could be. "
        "Its numbers are the uncalibrated ones."
        for fit in data["fits"]
        if not fit["calibrated"]
    ]


def interval_reason(fit: Data) -> str:
    """Why there is no interval."""
    if fit["stalled"]:
        return NOT_GIVEN
    if fit["stalled_members"]:
        return f"not given (path correction of {', '.join(fit['stalled_members'])} stalled)"
    return "not given"


def forest_caption(data: Data) -> str:
    """How to read the chart of before and after."""
    parts = ["Hollow: before calibration. Filled: calibrated, with the 95 % interval as a line."]
    if any(fit["stalled"] for fit in data["fits"]):
        parts.append("Crossed: the path correction stalled, there is no interval.")
    if any(fit["not_calibrated"] for fit in data["fits"]):
        parts.append("A cause that is not calibrated keeps its fraction and has no line.")
    if data["example"] and data["example"]["truth"]:
        parts.append("Dashed: the truth that the example was drawn from.")
    return " ".join(parts)


MATRICES = (
    "Rows are true causes, columns what the algorithm says: of 100 deaths of a row's cause, so "
    "many get each column's. Rows sum to 100 over the causes that are calibrated; the others are "
    "left out. The framed diagonal is not a sensitivity measured in these deaths: the matrix comes "
    "from other deaths, whose true cause was known, and without the causes not calibrated."
)


def matrix_caption(fit: Data) -> str:
    """What was done to the matrix of one algorithm before it was used."""
    path = fit["lambda"]
    if path:
        words = (
            f"{fit['name']}: the matrix that was used lies {100 * path:.0f} % of the way "
            f"(λ = {path:.2f}) from the one that was given to one without any mistake."
        )
    elif path == 0:
        words = f"{fit['name']}: λ is 0, so the matrix was used as it was given."
    else:
        words = f"{fit['name']}: the matrix was used without path correction."
    if fit["matrix"]["concentration"] is not None:
        words += " Weight: how sure a row is, in the manner of a number of deaths."
    return words


def countries_caption(data: Data) -> str:
    """How to read the chart of other choices."""
    kinds = dict.fromkeys(entry["mmat_type"] for entry in data["sensitivity"])
    shapes = {"prior": "circles prior", "fixed": "diamonds fixed", "samples": "squares sampled"}
    named = ", ".join(shapes[kind] for kind in kinds)
    return (
        "The same deaths with the matrices of other countries: % of deaths, with 95 % intervals. "
        f"Orange is what was chosen ({data['country']}, {data['mmat_type']}), {named} matrices; "
        "the dashed line is before calibration. Where the lines differ much, so does what can be "
        "concluded. Crossed: the path correction stalled. Causes that are not calibrated are left "
        "out."
    )


def terms(summaries: Sequence[Data]) -> list[tuple[str, str]]:
    """How to read it."""
    found = [
        (
            "Calibration",
            "Computer algorithms for verbal autopsy mistake some causes of death for others. How "
            "often is known from deaths whose cause was determined in a better way. Calibration "
            "corrects the fractions of a population for it; no single death gets another cause.",
        ),
        (
            "95 % interval",
            "Where the fraction lies with a probability of 95 %, given the model and the matrices.",
        ),
        (
            "Zero-width intervals",
            "They are right for causes that are not calibrated: these keep their fraction. It does "
            "not mean that the fraction is known exactly.",
        ),
        (
            "Path correction, λ",
            "If the matrix cannot explain the deaths, it is moved towards one without mistakes, "
            "just so far that it can. λ is how far: 0 not at all, 1 all the way, where calibration "
            "changes nothing any more (stalled).",
        ),
        (
            "R-hat, ESS",
            f"Whether the computation has settled. With R-hat above {HIGHEST_RHAT}, fewer than "
            f"{LEAST_ESS} effective draws (ESS), or more than {MOST_DIVERGENT:.0%} divergent ones "
            "there is no result at all.",
        ),
    ]
    if any(fit["name"] == ENSEMBLE for data in summaries for fit in data["fits"]):
        found.insert(
            3,
            (
                "Ensemble",
                "One calibration of all algorithms together, not the mean of theirs. It can lie "
                "outside of all its members, where one of them is much surer than the others.",
            ),
        )
    return found


CITATIONS = {
    "Method": (
        "Pramanik et al., Annals of Applied Statistics 2025, doi:10.1214/24-AOAS2006",
        "https://doi.org/10.1214/24-AOAS2006",
    ),
    "Matrices": (
        "Pramanik et al., BMJ Global Health 2026, doi:10.1136/bmjgh-2025-021747",
        "https://doi.org/10.1136/bmjgh-2025-021747",
    ),
}
