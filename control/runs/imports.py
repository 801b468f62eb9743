"""Imports: runs of one sample whose files lie where the settings say (``documented.aws``)."""

from collections.abc import Iterable
from contextlib import suppress
from itertools import count

from control.record.request import read_request
from control.record.run_dir import RunDir
from control.runs.analyses import read_workflow
from control.runs.errors import Conflict
from control.runs.idempotency import RunDeleted
from control.runs.submit import Submission, merged, submit
from control.settings import Settings
from engines.contract.errors import BadUsage, NotPermitted

_SMALL = ("small_variants", "small_variants")
OPTIONS = {
    **{"happy": _SMALL, "stratified": _SMALL},
    **{"truvari": ("structural_variants", "structural_variants"), "csv": ("qc", "metrics")},
}
"""What may be asked for → the analysis that it is, and what is fetched for it."""


def import_of(
    settings: Settings, sample: str, wanted: Iterable[str], *, is_processed: bool = True
) -> Submission:
    """What is submitted to import a sample.

    Args:
        settings: of the service.
        sample: as the store calls it.
        wanted: keys of OPTIONS; without any its files are fetched, all kinds, and no more.
        is_processed: the same where it is false.

    Raises:
        NotPermitted: no store is set up.
        BadUsage: an option that is not known.
    """
    aws, options = settings.documented.aws, list(wanted)
    if aws.source is None:
        hint = "the administrator says where samples are, like s3://bucket/{sample}/"
        raise NotPermitted("no store to import from: documented.aws.source is not set", hint=hint)
    if unknown := next((name for name in options if name not in OPTIONS), None):
        raise BadUsage(f"there is no option {unknown[:60]!r}", hint=f"of {', '.join(OPTIONS)}")
    analyses = dict(OPTIONS[name] for name in options) if is_processed else {}
    roles = list(analyses.values() or dict(OPTIONS.values()).values())
    workflow = read_workflow(settings.workflow)
    targets = [target for name in analyses for target in workflow.analysis(name).targets]
    giab = {"small_variants": {"stratifications": "giab"}} if "stratified" in options else {}
    return Submission(
        name=sample,
        targets=targets or [f"results/fetched/{sample}/{role}.summary.json" for role in roles],
        config=merged(merged(giab, aws.config), {"fetch": {"roles": roles}}),
        samples=[{"sample": sample, "source": aws.source}],
        profile=aws.profile,
        launcher=aws.launcher,
    )


def submit_import(
    settings: Settings, user: str, asked: Submission, last: RunDir | None, under_way: RunDir | None
) -> str:
    """The run of an import; of the same user and sample there is one at a time.

    Who asks for the same again before it has ended, be it in the same moment, gets the same run.

    Args:
        last: the user's newest run of the sample that has ended.
        under_way: their run of the sample that waits or runs, as far as is known yet.

    Raises:
        Conflict: the sample is being imported in another way.
        NotAccepted and the others: as submit does.
    """
    name, key = asked.name, f"import of {asked.name} after {last.run_id if last else 'none'}, "
    request = read_request(under_way) if under_way else None
    try:
        if under_way and not (request and (request.idempotency_key or "").startswith(key)):
            raise Conflict(f"run {under_way.run_id} was submitted in another way")
        for deleted in count():
            again = asked.model_copy(update={"idempotency_key": f"{key}{deleted}"})
            with suppress(RunDeleted):
                return submit(settings, user, again)
    except Conflict as conflict:
        hint = "wait until that run has ended, or cancel it"
        raise Conflict(f"{name} is being imported: {conflict.message}", hint=hint) from None
    raise AssertionError("there is always another key")
