"""Imports: runs of one sample whose files lie where the settings say (``documented.aws``)."""

import time
from collections.abc import Collection, Iterable
from contextlib import suppress
from itertools import count

from control.events.index import Index
from control.events.index_rows import RunFilter
from control.record.request import read_request
from control.record.run_dir import RunDir, State
from control.runs.errors import Conflict
from control.runs.idempotency import KeyTaken, RunDeleted
from control.runs.submit import Submission, merged, submit
from control.settings import Settings
from engines.contract.errors import BadUsage, NotPermitted, Unavailable

OPTIONS = {
    **{"happy": "small_variants", "stratified": "small_variants"},
    **{"truvari": "structural_variants", "csv": "metrics"},
}
"""What may be asked for → what is fetched for it. All that can be done with that is done."""
LISTED_SECONDS = 5.0
"""How long somebody waits until the index has the new run."""
GOES_ON = (State.QUEUED, State.RUNNING)
OVER = tuple(state for state in State if state not in GOES_ON)


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
        said = f"benchmarking: there is no option {unknown[:60]!r}"
        raise BadUsage(said, hint=f"of {', '.join(OPTIONS)}")
    is_fetched_only = not (options and is_processed)
    roles = list(dict.fromkeys(OPTIONS[name] for name in (OPTIONS if is_fetched_only else options)))
    fetched = [f"results/fetched/{sample}/{role}.summary.json" for role in roles]
    giab = {"small_variants": {"stratifications": "giab"}} if "stratified" in options else {}
    return Submission(
        name=sample,
        analysis="" if is_fetched_only else "all",
        targets=fetched if is_fetched_only else [],
        config=merged(merged(giab, aws.config), {"fetch": {"roles": roles}}),
        samples=[{"sample": sample, "source": aws.source}],
        profile=aws.profile,
        launcher=aws.launcher,
    )


def submit_import(
    settings: Settings, index: Index, user: str, asked: Submission, left_out: list[str]
) -> str:
    """The run of an import; of the same user and sample there is one at a time.

    It is in the index by then, for clients that ask at once, unless nobody brings it there.
    Who asks for the same again before it has ended, be it in the same moment, gets the same run.

    Args:
        settings: of the service.
        index: knows the runs of the sample, but for the very newest ones.
        user: who asks.
        asked: as :func:`import_of` made it.
        left_out: as submit fills it.

    Raises:
        Conflict: the sample is being imported in another way.
        NotAccepted and the others: as submit does.
    """

    def newest(states: Collection[str]) -> RunDir | None:
        wanted = RunFilter(states, owner=user, name=asked.name)
        row = index.newest(wanted)
        return RunDir(row.path) if row else None

    last, under_way = newest(OVER), newest(GOES_ON)
    name, key = asked.name, f"import of {asked.name} after {last.run_id if last else 'none'}, "
    request = read_request(under_way) if under_way else None
    try:
        if under_way and not (request and (request.idempotency_key or "").startswith(key)):
            raise KeyTaken(key, under_way.run_id)
        for deleted in count():
            again = asked.model_copy(update={"idempotency_key": f"{key}{deleted}"})
            with suppress(RunDeleted):
                return _listed(submit(settings, user, again, left_out=left_out), index)
    except KeyTaken as taken:
        said = f"{name} is being imported with other options by run {taken.run_id}"
        raise Conflict(said, hint="wait until that run has ended, or cancel it") from None
    raise AssertionError("there is always another key")


def _listed(run_id: str, index: Index) -> str:
    deadline = time.monotonic() + LISTED_SECONDS
    with suppress(Unavailable):
        while index.run(run_id) is None and time.monotonic() < deadline:
            time.sleep(0.05)
    return run_id
