"""From a request to the settings of the core."""

from collections.abc import Sequence

from engines.compare.case import Request
from engines.compare.core.settings import Settings, SideSettings, field_of
from engines.contract.errors import BadUsage
from engines.contract.wording import did_you_mean


def settings_of(request: Request, stratifications: Sequence[str]) -> Settings:
    """What the core is asked, on every contig; the columns of the samples come later.

    Raises:
        BadUsage: a field that is none, or levels for a stratification that is not there.
    """
    for name in (request.score, request.truth_fraction, request.query_fraction):
        field_of(name)
    missing = [name for name in request.roc_regions if name not in ("*", *stratifications)]
    if missing:
        raise BadUsage(
            f"--roc-regions {missing[0]}: no such stratification"
            + did_you_mean(missing[0], stratifications),
            hint="name one of --stratification or --stratification-region",
        )
    both = {
        "filter_nonref": request.filter_nonref,
        "roc_filters": request.roc_filters,
    }
    return Settings(
        truth=SideSettings(
            passing_only=not request.usefiltered_truth,
            convert_gvcf=request.convert_gvcf_truth,
            score="",
            fraction=request.truth_fraction,
            **both,  # type: ignore[arg-type]
        ),
        query=SideSettings(
            passing_only=request.pass_only,
            convert_gvcf=request.convert_gvcf_query,
            score=request.score,
            fraction=request.query_fraction,
            ignored_filters=request.ignored_filters,
            **both,  # type: ignore[arg-type]
        ),
        decompose=request.decompose,
        leftshift=request.leftshift,
        preprocess_truth=request.preprocess_truth,
        adjust_confident=request.adjust_confident,
        squash=request.squash,
        sex=request.sex,
        gap=request.limits.gap,
        states=request.limits.states,
        fraction_bounds=request.fraction_bounds,
        roc_subsets=tuple(
            1 + number for number, name in enumerate(stratifications) if name in request.roc_regions
        ),
        roc_delta=request.roc_delta,
    )
