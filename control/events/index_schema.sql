-- The index: rebuilt from journals, so there are no migrations: another number of
-- SCHEMA_VERSION in index_file.py makes a new file.

CREATE TABLE runs (
    run_id TEXT PRIMARY KEY,
    path TEXT NOT NULL,
    messages TEXT NOT NULL,
    messages_state TEXT NOT NULL,
    uid INTEGER NOT NULL,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    analysis TEXT NOT NULL,
    state TEXT NOT NULL,
    why TEXT NOT NULL,
    launched_by TEXT NOT NULL,
    command TEXT NOT NULL,
    workdir TEXT NOT NULL,
    version TEXT NOT NULL,         -- a JSON object
    created TEXT NOT NULL,
    start TEXT,
    end TEXT,
    return_code INTEGER,
    process INTEGER NOT NULL,      -- which Snakemake of the run is the current one
    jobs_total INTEGER,            -- of the current Snakemake, as the next two
    jobs_done INTEGER,
    jobs_failed INTEGER NOT NULL,
    progress REAL,
    last_sequence INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX runs_by_start ON runs (coalesce(start, created), run_id);
CREATE INDEX runs_by_name ON runs (name, coalesce(start, created), run_id);

CREATE TABLE plans (
    run_id TEXT PRIMARY KEY,
    process INTEGER NOT NULL,      -- which Snakemake of the run said it last
    rules TEXT NOT NULL,           -- a JSON object: rule to number of jobs that it was to do
    graph TEXT NOT NULL            -- a JSON object: of all Snakemakes of the run together
) WITHOUT ROWID;

CREATE TABLE jobs (
    run_id TEXT NOT NULL,
    process INTEGER NOT NULL,
    jobid INTEGER NOT NULL,
    rule TEXT NOT NULL,
    wildcards TEXT NOT NULL,       -- a JSON object
    attempt INTEGER NOT NULL,
    state TEXT NOT NULL,
    failures INTEGER NOT NULL,
    "group" TEXT NOT NULL,
    external_id TEXT NOT NULL,
    node TEXT NOT NULL,
    restarts INTEGER NOT NULL,     -- how often it went back into a cluster's queue
    queue TEXT NOT NULL,           -- a JSON object: what the scheduler says of it; {} for nothing
    selected TEXT,
    submitted TEXT,
    started TEXT,
    ended TEXT,
    duration REAL,
    progress REAL,
    stage TEXT NOT NULL,
    message TEXT NOT NULL,
    earlier TEXT NOT NULL,         -- a JSON list: its attempts before this one
    told INTEGER NOT NULL,         -- sequence of the message that tells everything of it
    threads INTEGER,
    resources TEXT NOT NULL,       -- a JSON object; of a long one its beginning
    reason TEXT NOT NULL,          -- of a long one its beginning
    peak_memory_mb REAL,           -- this and the rest: where a benchmark measured it
    cpu_s REAL,
    read_mb REAL,
    written_mb REAL,
    PRIMARY KEY (run_id, process, jobid)
) WITHOUT ROWID;
CREATE INDEX jobs_by_rule ON jobs (rule, state, duration);
CREATE INDEX jobs_on_nodes ON jobs (run_id, node) WHERE node <> '';
CREATE INDEX failed_jobs ON jobs (run_id, process) WHERE state = 'failed';
CREATE INDEX open_jobs ON jobs (run_id, process)
    WHERE state IN ('selected', 'submitted', 'running');

CREATE TABLE failures (
    run_id TEXT NOT NULL,
    process INTEGER NOT NULL,      -- 0: of the run itself; then jobid is -1, attempt its sequence
    jobid INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    failed INTEGER NOT NULL,       -- 0: there was an error, but the attempt has not failed
    sequence INTEGER NOT NULL,     -- of the message that told it
    timestamp TEXT NOT NULL,
    rule TEXT NOT NULL,
    wildcards TEXT NOT NULL,       -- a JSON object
    error_class TEXT NOT NULL,
    code INTEGER,
    message TEXT NOT NULL,
    hint TEXT NOT NULL,
    is_own INTEGER NOT NULL,       -- whether the job itself said it
    kind TEXT NOT NULL,            -- the message without what differs from job to job
    logs TEXT NOT NULL,            -- a JSON list
    PRIMARY KEY (run_id, process, jobid, attempt)
) WITHOUT ROWID;
CREATE INDEX failures_by_kind ON failures (rule, kind, timestamp) WHERE failed = 1;

CREATE TABLE dead_letters (
    run_id TEXT NOT NULL,
    path TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    timestamp TEXT NOT NULL,
    jobid INTEGER,
    rule TEXT NOT NULL,
    wildcards TEXT NOT NULL,       -- a JSON object
    error_class TEXT NOT NULL,
    message TEXT NOT NULL,
    resolved TEXT,
    PRIMARY KEY (run_id, path)
) WITHOUT ROWID;

CREATE TABLE results (
    run_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    timestamp TEXT NOT NULL,
    jobid INTEGER,
    rule TEXT NOT NULL,
    wildcards TEXT NOT NULL,       -- a JSON object
    size INTEGER NOT NULL,
    PRIMARY KEY (run_id, sequence)
) WITHOUT ROWID;

CREATE TABLE happenings (
    run_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    timestamp TEXT NOT NULL,
    kind TEXT NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (run_id, sequence)
) WITHOUT ROWID;
CREATE INDEX happenings_by_time ON happenings (timestamp);
