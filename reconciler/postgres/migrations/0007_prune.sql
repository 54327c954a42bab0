-- What runs leave behind is history, to which workers can only add. This takes away what is older than thirty days, so
-- that nobody has to be allowed to delete anything else: a few runs at a time, each as a whole.
--
-- A run stays while anything in it is open or younger, and while it is the last of an account in some command: the last
-- that was asked for, or the last that was carried out.
CREATE INDEX fleet_request_lock ON fleet_request (lock, command, run);

CREATE FUNCTION fleet_is_last(p_run text, p_account text, p_command text, p_lock text)
RETURNS boolean LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT NOT EXISTS (SELECT FROM fleet_request r WHERE r.lock = p_lock AND r.command = p_command AND r.run > p_run)
        OR EXISTS (SELECT FROM fleet_result a
                   WHERE a.run = p_run AND a.account = p_account AND a.command = p_command AND NOT a.skipped)
       AND NOT EXISTS (SELECT FROM fleet_request r JOIN fleet_result a USING (run, account, command)
                       WHERE r.lock = p_lock AND r.command = p_command AND r.run > p_run AND NOT a.skipped)
$$;

-- How many runs of the app are gone now.
CREATE FUNCTION fleet_prune(p_app text) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    before timestamptz := now() - interval '30 days';
    gone text[];
BEGIN
    -- One at a time: "fleet" in ASCII.
    IF NOT pg_try_advisory_xact_lock(x'666c656574'::bigint) THEN
        RETURN 0;
    END IF;
    gone := ARRAY(
        SELECT run.id FROM fleet_run run WHERE run.app = p_app AND run.began < before AND NOT EXISTS (
            SELECT FROM fleet_request r WHERE r.run = run.id
            AND (r.ended_at IS NULL OR r.ended_at > before OR fleet_is_last(r.run, r.account, r.command, r.lock)))
        ORDER BY run.id LIMIT 10 FOR UPDATE SKIP LOCKED);
    DELETE FROM fleet_document WHERE run = ANY(gone);
    DELETE FROM fleet_plan WHERE run = ANY(gone);
    DELETE FROM fleet_cancelled WHERE run = ANY(gone);
    DELETE FROM fleet_result WHERE run = ANY(gone);
    DELETE FROM fleet_request WHERE run = ANY(gone);
    DELETE FROM fleet_run WHERE id = ANY(gone);
    -- Those that ended well the engine deletes by itself.
    DELETE FROM procrastinate_jobs WHERE id IN (
        SELECT job.id FROM procrastinate_jobs job
        WHERE job.task_name LIKE 'reconciler.fleet.%' AND starts_with(job.queue_name, p_app || '/')
            AND job.status NOT IN ('todo', 'doing')
            AND before > ALL (SELECT e.at FROM procrastinate_events e WHERE e.job_id = job.id)
        LIMIT 1000);
    RETURN cardinality(gone);
END $$;
REVOKE EXECUTE ON FUNCTION fleet_prune(text) FROM PUBLIC;
