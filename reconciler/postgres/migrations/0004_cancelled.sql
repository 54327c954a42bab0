-- Runs that somebody has dropped: nothing more is asked for in them. Rows are only added.
CREATE TABLE fleet_cancelled (
    run text PRIMARY KEY REFERENCES fleet_run,
    at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
