-- Where users want to hear of runs, what is shown to them on the page, and what was sent where.

CREATE TABLE channels (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- a number is never used again
    user TEXT NOT NULL REFERENCES users (name),
    name TEXT NOT NULL,
    run_id TEXT,                          -- of this run alone; NULL: of all runs of the user
    address TEXT NOT NULL,                -- for Apprise; holds secrets, never leaves the service
    shown TEXT NOT NULL,                  -- the address without them
    events TEXT NOT NULL,                 -- separated by blanks
    created TEXT NOT NULL
);
CREATE INDEX channels_of_user ON channels (user);
CREATE INDEX channels_of_run ON channels (run_id);

-- What the page shows to a user.
CREATE TABLE notifications (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user TEXT NOT NULL,
    run_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,            -- of the message that told it
    kind TEXT NOT NULL,
    at TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    read TEXT,                            -- when the user has seen it
    UNIQUE (user, run_id, sequence, kind)
);

-- One row for each recipient of each happening, made before anything is sent.
CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    recipient TEXT NOT NULL,              -- "channel 7", or "service" and a digest of the address
    channel INTEGER REFERENCES channels (id) ON DELETE SET NULL,
    user TEXT,                            -- whose channel it was; NULL for the service's own
    shown TEXT NOT NULL,
    run_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'joined', 'given up')),
    tries INTEGER NOT NULL DEFAULT 0,
    next_try REAL NOT NULL,               -- seconds since 1970
    created REAL NOT NULL,
    ended TEXT,
    error TEXT NOT NULL DEFAULT '',       -- why the last try failed
    UNIQUE (recipient, run_id, sequence, kind)
);
CREATE INDEX deliveries_due ON deliveries (next_try) WHERE state = 'waiting';
CREATE INDEX deliveries_of_user ON deliveries (user, id);

-- Since when somebody is told: the service itself ('') and its own addresses, by digest.
-- What happened before is nobody's news.
CREATE TABLE told_since (
    recipient TEXT PRIMARY KEY,
    since TEXT NOT NULL
);
