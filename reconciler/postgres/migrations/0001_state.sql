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

-- Variants, so that every machine finds them: in pieces of 1 MiB, all of one in one transaction.
CREATE TABLE fleet_artifact (
    folder text NOT NULL,
    sha256 text NOT NULL,
    piece  int NOT NULL,
    size   bigint NOT NULL,                    -- of the whole
    data   bytea NOT NULL,
    PRIMARY KEY (folder, sha256, piece)
);

-- Walls between clients. A folder behind a wall is for the members of that wall alone, and who is a member of any wall
-- has nothing else. Counted is who has logged in: no SET ROLE lifts it, and only who owns the tables, or is a
-- fleet_admin, may change these two.
CREATE TABLE fleet_wall (
    folder text PRIMARY KEY,
    wall   text NOT NULL
);
CREATE TABLE fleet_member (
    wall text NOT NULL,
    role name NOT NULL,
    PRIMARY KEY (wall, role)
);

CREATE FUNCTION fleet_may(wanted text) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
    own text := regexp_replace(wanted, '^\.halt/', '');
    found text;
BEGIN
    IF EXISTS (SELECT FROM pg_roles r WHERE r.rolname = 'fleet_admin' AND pg_has_role(session_user, r.oid, 'MEMBER')) THEN
        RETURN true;
    END IF;
    SELECT w.wall INTO found FROM fleet_wall w WHERE w.folder = own;
    IF found IS NULL THEN
        RETURN NOT EXISTS (SELECT FROM fleet_member m JOIN pg_roles r ON r.rolname = m.role
                           WHERE pg_has_role(session_user, r.oid, 'MEMBER'));
    END IF;
    RETURN EXISTS (SELECT FROM fleet_member m JOIN pg_roles r ON r.rolname = m.role
                   WHERE m.wall = found AND pg_has_role(session_user, r.oid, 'MEMBER'));
END $$;

ALTER TABLE fleet_state ENABLE ROW LEVEL SECURITY;
ALTER TABLE fleet_file ENABLE ROW LEVEL SECURITY;
ALTER TABLE fleet_journal ENABLE ROW LEVEL SECURITY;
ALTER TABLE fleet_aside ENABLE ROW LEVEL SECURITY;
ALTER TABLE fleet_artifact ENABLE ROW LEVEL SECURITY;
CREATE POLICY wall ON fleet_state USING (fleet_may(folder));
CREATE POLICY wall ON fleet_file USING (fleet_may(folder));
CREATE POLICY wall ON fleet_journal USING (fleet_may(folder));
CREATE POLICY wall ON fleet_aside USING (fleet_may(folder));
CREATE POLICY wall ON fleet_artifact USING (fleet_may(folder));
