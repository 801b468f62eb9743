-- What people say of a sample's QC, beside what the machine said of it. Rows are only added: who
-- changes their mind adds one that supersedes the one before. They outlive their runs.

CREATE TABLE verdicts (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- a number is never used again, so a gap tells
    at TEXT NOT NULL,
    user TEXT NOT NULL REFERENCES users (name),
    run_id TEXT NOT NULL,
    owner TEXT NOT NULL,                  -- whose run it was, so that a deleted run stays theirs
    uid INTEGER NOT NULL,                 -- account of the run directory, where it had no owner
    sample TEXT NOT NULL,
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64), -- of the file that was looked at
    machine TEXT NOT NULL CHECK (machine IN ('pass', 'warn', 'fail', 'none')),
    verdict TEXT NOT NULL CHECK (verdict IN ('pass', 'warn', 'fail')),
    comment TEXT NOT NULL,
    supersedes INTEGER UNIQUE REFERENCES verdicts (id),
    -- better than the machine's: somebody has to say why
    CHECK (verdict = machine OR verdict = 'fail' OR machine = 'pass' OR trim(comment) <> '')
);
CREATE INDEX verdicts_of_sample ON verdicts (sample, id);
CREATE INDEX verdicts_of_run ON verdicts (run_id, sample, id);
CREATE INDEX verdicts_of_moment ON verdicts (at);

CREATE TRIGGER verdicts_are_not_changed BEFORE UPDATE ON verdicts
BEGIN
    SELECT RAISE(ABORT, 'verdicts are only added');
END;

CREATE TRIGGER verdicts_are_not_deleted BEFORE DELETE ON verdicts
BEGIN
    SELECT RAISE(ABORT, 'verdicts are only added');
END;

-- INSERT OR REPLACE deletes without asking the trigger above.
CREATE TRIGGER verdicts_are_not_replaced BEFORE INSERT ON verdicts
WHEN EXISTS (SELECT 1 FROM verdicts WHERE id = new.id)
BEGIN
    SELECT RAISE(ABORT, 'verdicts are only added');
END;

-- Of a sample each supersedes the last one, so that nobody overrules what they have not seen.
CREATE TRIGGER verdicts_follow_one_another BEFORE INSERT ON verdicts
WHEN new.supersedes IS NOT (
    SELECT max(id) FROM verdicts
    WHERE run_id = new.run_id AND sample = new.sample
        AND owner = new.owner AND (new.owner <> '' OR uid = new.uid)
)
BEGIN
    SELECT RAISE(ABORT, 'a verdict supersedes the last one of its sample');
END;
