-- Moments are UTC texts, 2026-11-21T22:10:05.123Z, which sort as they follow each other.
-- Secrets are kept as SHA-256 only.

CREATE TABLE users (
    name TEXT PRIMARY KEY,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
    state TEXT NOT NULL CHECK (state IN ('pending', 'active', 'disabled')),
    os_user TEXT,                         -- account whose hand-typed runs are theirs
    display TEXT NOT NULL DEFAULT '',     -- what a provider says who they are
    subject TEXT UNIQUE,                  -- their account at the OIDC provider: issuer and sub
    expected INTEGER NOT NULL DEFAULT 0,  -- the next such account of this name becomes theirs
    sign_outs INTEGER NOT NULL DEFAULT 0, -- a JWT from before the last "everywhere" is void
    created TEXT NOT NULL,
    last_seen TEXT
);

CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    digest BLOB NOT NULL,
    user TEXT NOT NULL REFERENCES users (name),
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
    created TEXT NOT NULL,
    expires TEXT,
    last_used TEXT,
    revoked TEXT
);
CREATE INDEX tokens_of_user ON tokens (user);

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    digest BLOB NOT NULL,
    user TEXT NOT NULL REFERENCES users (name),
    via TEXT NOT NULL,                    -- link, oidc
    address TEXT NOT NULL,
    agent TEXT NOT NULL,
    created TEXT NOT NULL,
    expires TEXT NOT NULL
);
CREATE INDEX sessions_of_user ON sessions (user);

CREATE TABLE links (
    id TEXT PRIMARY KEY,
    digest BLOB NOT NULL,
    user TEXT NOT NULL REFERENCES users (name),
    created TEXT NOT NULL,
    expires TEXT NOT NULL
);

-- How many failed sign-ins an address has on its account, as of a second since 1970.
CREATE TABLE sign_in_failures (
    address TEXT PRIMARY KEY,
    failures REAL NOT NULL,
    counted REAL NOT NULL
);

CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- a number is never used again, so a gap tells
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    via TEXT NOT NULL,
    address TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    outcome TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX audit_of_actor ON audit (actor, id);
CREATE INDEX audit_of_target ON audit (target, id);
CREATE INDEX audit_of_moment ON audit (at);

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is only added to');
END;

CREATE TRIGGER audit_keeps_ninety_days BEFORE DELETE ON audit
WHEN julianday(old.at) > julianday('now') - 90
BEGIN
    SELECT RAISE(ABORT, 'the audit log of the last 90 days is not deleted');
END;

-- INSERT OR REPLACE deletes without asking the trigger above.
CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE id = new.id)
BEGIN
    SELECT RAISE(ABORT, 'the audit log is only added to');
END;
