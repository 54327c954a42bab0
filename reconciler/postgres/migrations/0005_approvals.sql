-- Who approved or rejected which plans. Rows are only added; each holds the hash of the one before it, so that one that
-- was changed or taken away is found out.
CREATE TABLE fleet_approval (
    app      text NOT NULL,
    n        bigint NOT NULL,                  -- 1, 2, …
    decision json NOT NULL,                    -- exactly as it was hashed
    at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (app, n)
);

-- The commit, as its full hash, whose guard rails, approvals and limits a run is held to; none: that of its files.
ALTER TABLE fleet_run ADD COLUMN base text;
