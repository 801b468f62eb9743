-- Filled-in forms of new runs that people keep, for themselves or for everybody here.

CREATE TABLE run_templates (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- a number is never used again
    user TEXT NOT NULL REFERENCES users (name),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    shared INTEGER NOT NULL CHECK (shared IN (0, 1)), -- with everybody who may submit
    analysis TEXT NOT NULL,
    content TEXT NOT NULL,                -- JSON: what a submission holds
    created TEXT NOT NULL,
    changed TEXT NOT NULL,
    UNIQUE (user, name)
);
CREATE INDEX run_templates_shared ON run_templates (name) WHERE shared = 1;
