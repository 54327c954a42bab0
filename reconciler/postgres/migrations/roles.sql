-- After every migration: three roles that logins are made members of. Where we may not make roles, an administrator
-- makes them and migrates again. Tables that are history are only added to, whoever works.
DO $$
DECLARE
    made text;
    one record;
BEGIN
    FOREACH made IN ARRAY ARRAY['fleet_worker', 'fleet_reader', 'fleet_admin'] LOOP
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = made) THEN
                EXECUTE format('CREATE ROLE %I NOLOGIN', made);
            END IF;
        EXCEPTION WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN
            CONTINUE;
        END;
    END LOOP;
    IF (SELECT count(*) FROM pg_roles WHERE rolname IN ('fleet_worker', 'fleet_reader', 'fleet_admin')) < 3 THEN
        RETURN;
    END IF;
    IF (SELECT pg_has_role(p.proowner, 'USAGE') FROM pg_proc p WHERE p.oid = 'fleet_prune(text, text)'::regprocedure) THEN
        GRANT EXECUTE ON FUNCTION fleet_prune(text, text) TO fleet_worker, fleet_admin;
    END IF;
    FOR one IN
        SELECT c.oid::regclass AS name, c.relname AS plain, c.relkind AS kind FROM pg_class c
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'S')
          AND c.relname ~ '^(fleet|procrastinate|reconciler)_' AND pg_has_role(c.relowner, 'USAGE')
    LOOP
        IF one.kind = 'S' THEN
            EXECUTE format('GRANT USAGE ON SEQUENCE %s TO fleet_worker, fleet_admin', one.name);
            CONTINUE;
        END IF;
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO fleet_admin', one.name);
        IF one.plain IN ('fleet_wall', 'fleet_member') THEN
            CONTINUE;
        END IF;
        EXECUTE format('GRANT SELECT ON %s TO fleet_worker, fleet_reader', one.name);
        IF one.plain IN ('fleet_journal', 'fleet_aside', 'fleet_run', 'fleet_result', 'fleet_cancelled',
                         'fleet_approval') THEN
            EXECUTE format('GRANT INSERT ON %s TO fleet_worker', one.name);
        ELSIF one.plain = 'fleet_state' THEN
            EXECUTE format('GRANT INSERT, UPDATE ON %s TO fleet_worker', one.name);
        ELSIF one.plain IN ('fleet_limit', 'fleet_window', 'fleet_place', 'fleet_waiter', 'fleet_share') THEN
            -- Who plans makes calls, too.
            EXECUTE format('GRANT INSERT, UPDATE, DELETE ON %s TO fleet_worker, fleet_reader', one.name);
        ELSIF one.plain NOT IN ('reconciler_schema', 'fleet_engine') THEN
            EXECUTE format('GRANT INSERT, UPDATE, DELETE ON %s TO fleet_worker', one.name);
        END IF;
    END LOOP;
END $$;
