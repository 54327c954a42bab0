-- What runs leave behind is history, to which workers can only add. This takes away what is older than thirty days, so
-- that nobody has to be allowed to delete anything else: a few runs at a time, each as a whole.
--
-- A run stays while anything in it is open or younger, and while it is the last of an account in some command: the last
-- that was asked for, or the last that was carried out.
CREATE INDEX fleet_request_lock ON fleet_request (lock, command, run);

-- Looks at the runs of an app after this one, at most so many that ten are gone, and for two seconds; the last it has
-- looked at, or nothing when it has come to the end.
CREATE FUNCTION fleet_prune(p_app text, p_after text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    before timestamptz := now() - interval '30 days';
    last text;
    gone int := 0;
BEGIN
    -- One at a time: "fleet" in ASCII.
    IF NOT pg_try_advisory_xact_lock(x'666c656574'::bigint) THEN
        RETURN p_after;
    END IF;
    FOR last IN SELECT id FROM fleet_run WHERE app = p_app AND began < before AND id > p_after ORDER BY id LOOP
        IF NOT EXISTS (
            SELECT FROM fleet_request r WHERE r.run = last AND (
                r.ended_at IS NULL OR r.ended_at > before
                OR NOT EXISTS (SELECT FROM fleet_request later
                               WHERE later.lock = r.lock AND later.command = r.command AND later.run > r.run)
                OR EXISTS (SELECT FROM fleet_result a WHERE a.run = r.run AND a.account = r.account
                           AND a.command = r.command AND NOT a.skipped)
                AND NOT EXISTS (SELECT FROM fleet_request later JOIN fleet_result a USING (run, account, command)
                                WHERE later.lock = r.lock AND later.command = r.command AND later.run > r.run
                                AND NOT a.skipped))) THEN
            DELETE FROM fleet_document WHERE run = last;
            DELETE FROM fleet_plan WHERE run = last;
            DELETE FROM fleet_cancelled WHERE run = last;
            DELETE FROM fleet_result WHERE run = last;
            DELETE FROM fleet_request WHERE run = last;
            DELETE FROM fleet_run WHERE id = last;
            gone := gone + 1;
        END IF;
        EXIT WHEN gone = 10 OR clock_timestamp() > now() + interval '2 seconds';
    END LOOP;
    -- Those that ended well the engine deletes by itself.
    DELETE FROM procrastinate_jobs WHERE id IN (
        SELECT job.id FROM procrastinate_jobs job
        WHERE job.task_name LIKE 'reconciler.fleet.%' AND starts_with(job.queue_name, p_app || '/')
            AND job.status NOT IN ('todo', 'doing')
            AND before > ALL (SELECT e.at FROM procrastinate_events e WHERE e.job_id = job.id)
        LIMIT 1000);
    RETURN last;
END $$;
REVOKE EXECUTE ON FUNCTION fleet_prune(text, text) FROM PUBLIC;
