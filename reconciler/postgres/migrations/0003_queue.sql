-- Runs over a fleet, and what each account was asked for in them. The queue itself is Procrastinate's.

-- Rows are only added.
CREATE TABLE fleet_run (
    id      text PRIMARY KEY,
    app     text NOT NULL,
    command text NOT NULL,                     -- what was typed, or what a schedule began
    version text NOT NULL,                     -- of the fleet's files: a worker that has others leaves the run alone
    who     text NOT NULL,
    began   timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX fleet_run_app ON fleet_run (app, id);

-- The document of a run as it was shown; none: whoever began it did not see its end.
CREATE TABLE fleet_document (
    run      text PRIMARY KEY REFERENCES fleet_run,
    document json NOT NULL
);

-- One command that was asked for in one account.
CREATE TABLE fleet_request (
    run       text NOT NULL REFERENCES fleet_run,
    account   text NOT NULL,
    command   text NOT NULL,
    lock      text NOT NULL,                   -- app/advertiser_id
    queue     text NOT NULL,                   -- app/group
    scheduled boolean NOT NULL,                -- nobody waits for it, and one of a kind is enough
    through   boolean NOT NULL,                -- it has its turn whatever fails before it
    job       bigint,                          -- Procrastinate's
    starts    int NOT NULL DEFAULT 0,          -- how often it was begun; whoever began it last writes its end
    tries     int NOT NULL DEFAULT 0,          -- how often it failed and is to be tried again
    kills     int NOT NULL DEFAULT 0,          -- how many workers have died with it
    asked_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at  timestamptz,
    PRIMARY KEY (run, account, command)
);
CREATE INDEX fleet_request_open ON fleet_request (job) WHERE ended_at IS NULL;
-- Procrastinate's queueing_lock would do the same until such a job is given back while the next one waits: the engine
-- then cannot put it back, and it stays `doing` for as long as its worker lives.
CREATE UNIQUE INDEX fleet_request_scheduled ON fleet_request (lock, command) WHERE scheduled AND ended_at IS NULL;

-- What it came to. Rows are only added; `at` is the `ended_at` of the request.
CREATE TABLE fleet_result (
    run       text NOT NULL,
    account   text NOT NULL,
    command   text NOT NULL,
    at        timestamptz NOT NULL,
    exit_code int NOT NULL,
    skipped   boolean NOT NULL,
    answer    json NOT NULL,                   -- in the order in which it is shown
    PRIMARY KEY (run, account, command, at)
);

-- Plans that were made or approved, for whoever carries them out.
CREATE TABLE fleet_plan (
    run     text NOT NULL REFERENCES fleet_run,
    account text NOT NULL,
    digest  text NOT NULL,
    plan    bytea NOT NULL,                     -- as a file of `plan --out`
    PRIMARY KEY (run, account)
);

-- Groups whose token was refused: nothing of theirs is begun until somebody lifts it.
CREATE TABLE fleet_hold (
    queue text PRIMARY KEY,
    run   text NOT NULL,
    at    timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Steps of Procrastinate's own schema that were taken.
CREATE TABLE fleet_engine (
    step text PRIMARY KEY,
    at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
