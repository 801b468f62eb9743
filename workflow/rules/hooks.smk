# Before the first job and after the last: what is told, and what is kept of a run that failed.


def tell_left_out():
    """What nobody has a truth for, and what nobody asked for, one line each."""
    for line in PLAN.left_out():
        logger.info(f"Left out: {line}")
    for line in notes(PLAN):
        logger.info(line)


def write_plan():
    """Say what is not done, and keep what is done with each sample beside the results."""
    tell_left_out()
    if not is_planned():
        write_atomic(Path("results/samples.tsv"), PLAN.table())


def is_planned():
    """Whether the last run into this folder was of just these samples, truths and deaths."""
    plan = Path("results/samples.tsv")
    return plan.exists() and plan.read_text(encoding="utf-8") == PLAN.table()


def date_plan():
    """After a run that found or made all pages: the plan is no younger than they are.

    Pages that nothing had changed for were not made again, and are of this plan too.
    """
    asked = {str(file) for job in workflow.dag.jobs for file in job.output}
    if PAGES and asked.issuperset(PAGES.values()):
        plan = Path("results/samples.tsv")
        moment = min(os.path.getmtime(file) for file in (plan, *PAGES.values()))
        os.utime(plan, (moment, moment))


def show_results(complete):
    """The end of a run: a short table, which names the samples without a result, and the pages."""
    if complete:
        date_plan()
    else:
        judge_what_there_is()
    # a run can be of one kind alone: nothing of the other is missing then
    asked = {
        sample
        for kind, summaries in SUMMARIES.items()
        if not complete or any(map(os.path.exists, summaries))
        for sample in SAMPLES[kind]
    }
    expect = ["--expect", ",".join(sorted(asked))] if complete and asked else []
    show("plumbline", "results", "results", *expect)
    for kind, page in PAGES.items():
        there = [os.path.exists(summary) for summary in SUMMARIES[kind]]
        if not complete and kind != "qc" and any(there) and not all(there):
            chart_what_there_is(kind)
        if any(there) and os.path.exists(page):
            print(f"Charts and tables: {os.path.abspath(page)}")
    if UPLOAD and not complete:
        print(
            f"Not uploaded to {config['upload']['to']}: that needs a run without a failed job"
        )
    remember_results()


def remember_results():
    """Add what there is to the history of all runs; the same results are added once."""
    tell("plumbline", "history", "add", "results", "--into", commands.history(config))


def show(*command):
    """Run a command whose table fits the terminal, and print what else it says to people."""
    sys.stdout.flush()
    print_for_people(
        subprocess.run(command, check=False, text=True, stderr=subprocess.PIPE).stderr
    )


def tell(*command):
    """Run a command and print what it says to people; False where it failed."""
    ended = subprocess.run(
        command,
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    print_for_people(ended.stdout)
    return ended.returncode == 0


def print_for_people(said):
    """Without the lines for programs."""
    lines = [line for line in said.splitlines() if not line.startswith('{"')]
    if lines:
        print("\n".join(lines), flush=True)


def judge_what_there_is():
    """Verdicts of a failed run, on the samples whose metrics were collected, where they are not there.

    The page lacks its provenance, so that the next run makes all of it anew.
    """
    verdicts = dict(zip(COLLECTED, SUMMARIES["qc"]))
    tables = [table for table in COLLECTED if os.path.exists(table)]
    for table in set(COLLECTED) - set(tables):
        # an earlier verdict is of metrics that are gone
        for old in Path("results/qc").glob(f"{Path(verdicts[table]).stem}.*"):
            old.unlink()
    if all(is_newer(verdicts[table], table) for table in tables):
        return
    judged = [
        *shlex.split(JUDGED_BY),
        "--each",
        "results/qc",
        "--out",
        "results/report/qc",
    ]
    if not tell("plumbline", "qc", "judge", *judged, "--", *tables):
        return
    Path("results/report/qc.verdict.provenance.json").unlink(missing_ok=True)
    if KEPT_BY:
        kept = [*shlex.split(KEPT_BY), "--qc", "results/qc", "--"]
        tell("plumbline", "qc", "keep", *kept, *map(verdicts.get, tables))


def is_newer(file, source):
    """Whether a file is there and not older than what it was made of."""
    return os.path.exists(file) and os.path.getmtime(file) >= os.path.getmtime(source)


def chart_what_there_is(kind):
    """Page and table of a failed run, which name the samples without a result; no figure, no PDF.

    Nothing is left of earlier ones, so that the next run makes them anew.
    """
    target = Path("results/report", kind)
    for form in (".svg", ".pdf"):
        target.with_suffix(form).unlink(missing_ok=True)
    outputs = [f"--out-html={target}.html", f"--out-tsv={target}.tsv"]
    chart = ["plumbline", "chart", kind.replace("_", "-"), "results", *outputs]
    show(*chart)
