-- The state of accounts. Folder: what a workspace's state is kept under, its advertiser_id or `state.path`.

CREATE TABLE fleet_state (
    folder      text PRIMARY KEY,
    revision    uuid NOT NULL,                 -- another one with every change
    epoch       bigint NOT NULL,               -- counts the holders of the lock
    lease_until timestamptz,                   -- NULL: nobody holds the lock
    series      int NOT NULL,                  -- of the journal in use
    changed_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What is replaced as a whole: lock, reconciler.lock, halt.json.
CREATE TABLE fleet_file (
    folder text NOT NULL,
    name   text NOT NULL,
    data   bytea NOT NULL,
    PRIMARY KEY (folder, name)
);

-- Journals in pieces. Rows are only added.
CREATE TABLE fleet_journal (
    n      bigint GENERATED ALWAYS AS IDENTITY,
    folder text NOT NULL,
    series int NOT NULL,
    piece  int NOT NULL,
    part   int NOT NULL,                       -- more than one: what was published again after an answer got lost
    epoch  bigint NOT NULL,                    -- of the holder that wrote it
    at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    data   bytea NOT NULL,
    PRIMARY KEY (folder, series, piece, part)
);

-- Which journal was set aside as which number. Rows are only added.
CREATE TABLE fleet_aside (
    folder text NOT NULL,
    number int NOT NULL,
    series int NOT NULL,
    at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (folder, number)
);
