-- One rate limit for every program that works for an app, on whatever machine. Only this server's clock counts.
--
-- A place is taken from before a call is sent until its window has passed since the reply. `ended` is when that came;
-- until then it lies ahead, where the call has ended at the latest: that is how the place of a worker that died ends.
-- UNLOGGED tables cost no disk, and are empty after a crash: then the class is closed for as long as any call before it
-- may count. `fleet_limit` is kept: it tells such an empty table from one that was never used.

CREATE TABLE fleet_limit (app text, class text, PRIMARY KEY (app, class));
CREATE UNLOGGED TABLE fleet_window (
    app text, class text, closed_until timestamptz NOT NULL, seen timestamptz NOT NULL, PRIMARY KEY (app, class)
);
CREATE UNLOGGED TABLE fleet_place (
    key uuid PRIMARY KEY, app text NOT NULL, class text NOT NULL, background boolean NOT NULL, ended timestamptz NOT NULL
);
CREATE INDEX fleet_place_ended ON fleet_place (app, class, ended);
CREATE UNLOGGED TABLE fleet_waiter (
    key uuid PRIMARY KEY, app text NOT NULL, class text NOT NULL, account text NOT NULL, background boolean NOT NULL,
    since timestamptz NOT NULL, due timestamptz NOT NULL
);
CREATE INDEX fleet_waiter_class ON fleet_waiter (app, class);
CREATE UNLOGGED TABLE fleet_share (
    app text, class text, account text, used double precision NOT NULL, at timestamptz NOT NULL,
    PRIMARY KEY (app, class, account)
);

-- What is left of a use after a while: in a minute it falls to about a third.
CREATE FUNCTION fleet_decayed(p_used double precision, p_at timestamptz, p_moment timestamptz)
RETURNS double precision LANGUAGE sql IMMUTABLE AS $$
    -- Of a number that is too small to be written the server makes an error.
    SELECT p_used * exp(greatest(-50, extract(epoch FROM p_at - p_moment)::double precision / 60))
$$;

-- Under the lock of the class: until when it is closed. `p_whole`: seconds after which no call of before counts any more.
CREATE FUNCTION fleet_opened(p_app text, p_class text, p_moment timestamptz, p_whole double precision)
RETURNS timestamptz LANGUAGE plpgsql AS $$
DECLARE
    closed timestamptz := p_moment;
    back interval;
BEGIN
    SELECT closed_until, seen - p_moment INTO closed, back FROM fleet_window WHERE app = p_app AND class = p_class;
    IF NOT FOUND THEN
        closed := p_moment + p_whole * interval '1 second';
        INSERT INTO fleet_limit VALUES (p_app, p_class) ON CONFLICT DO NOTHING;
        IF FOUND THEN
            closed := p_moment;
        END IF;
        INSERT INTO fleet_window VALUES (p_app, p_class, closed, p_moment);
    ELSIF back > interval '0' THEN
        -- The clock went back: everything is as long ago as it was.
        closed := closed - back;
        UPDATE fleet_window SET closed_until = closed, seen = p_moment WHERE app = p_app AND class = p_class;
        UPDATE fleet_place SET ended = ended - back WHERE app = p_app AND class = p_class;
        UPDATE fleet_waiter SET since = since - back, due = due - back WHERE app = p_app AND class = p_class;
        UPDATE fleet_share SET at = at - back WHERE app = p_app AND class = p_class;
    END IF;
    RETURN closed;
END $$;

-- At least how many seconds until one more call may be sent, if `p_ahead` others are sent before; 0: now.
CREATE FUNCTION fleet_wait(
    p_app text, p_class text, p_background boolean, p_seconds double precision[], p_most int[], p_ahead bigint,
    p_moment timestamptz
) RETURNS double precision LANGUAGE plpgsql AS $$
DECLARE
    longest double precision := 0;
    last timestamptz;
    left_over double precision;
BEGIN
    FOR i IN 1 .. cardinality(p_seconds) LOOP
        SELECT ended INTO last FROM fleet_place
        WHERE app = p_app AND class = p_class AND (background OR NOT p_background)
        ORDER BY ended DESC OFFSET p_most[i] - 1 - p_ahead % p_most[i] LIMIT 1;
        -- A call under way ends now at the earliest. Without a row the place was never taken.
        left_over := CASE WHEN last IS NULL THEN 0
            ELSE greatest(0, p_seconds[i] - extract(epoch FROM p_moment - least(last, p_moment))) END;
        longest := greatest(longest, left_over + p_ahead / p_most[i] * p_seconds[i]);
    END LOOP;
    RETURN longest;
END $$;

-- How many calls that only look may be sent now.
CREATE FUNCTION fleet_room(
    p_app text, p_class text, p_seconds double precision[], p_less int[], p_moment timestamptz
) RETURNS bigint LANGUAGE sql AS $$
    SELECT greatest(0, min(one.most - (
        SELECT count(*) FROM fleet_place
        WHERE app = p_app AND class = p_class AND background AND ended > p_moment - one.seconds * interval '1 second'
    ))) FROM unnest(p_seconds, p_less) AS one (seconds, most)
$$;

-- Take a place and answer 0, or answer after how many seconds to ask again. `p_look`: do not take it, but wait for it.
-- `p_less` instead of `p_most` holds for all calls in the background together. Of those that wait, the account that has
-- used least lately goes first, then whoever has waited longest; who does not come back when it is due is dropped.
CREATE FUNCTION fleet_take(
    p_app text, p_class text, p_account text, p_key uuid, p_background boolean, p_look boolean,
    p_seconds double precision[], p_most int[], p_less int[], p_call double precision
) RETURNS double precision LANGUAGE plpgsql SET lock_timeout = '10s' AS $$
DECLARE
    moment timestamptz;
    longest double precision := (SELECT max(one) FROM unnest(p_seconds) AS one);
    closed timestamptz;
    asked timestamptz;
    own double precision;
    writing bigint;
    looking bigint;
    writing_soon bigint;
    looking_soon bigint;
    room bigint;
    wait double precision;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext(p_app), hashtext(p_class));
    moment := clock_timestamp();
    closed := fleet_opened(p_app, p_class, moment, longest + p_call);
    DELETE FROM fleet_waiter WHERE app = p_app AND class = p_class AND key <> p_key AND due < moment - interval '1 second';
    asked := coalesce((SELECT since FROM fleet_waiter WHERE key = p_key), moment);
    own := coalesce((
        SELECT fleet_decayed(used, at, moment) FROM fleet_share
        WHERE app = p_app AND class = p_class AND account = p_account
    ), 0);

    -- A place that is free now is kept for whoever is due now, not for those who sleep on.
    SELECT count(*) FILTER (WHERE NOT background), count(*) FILTER (WHERE background),
        count(*) FILTER (WHERE NOT background AND due <= moment + interval '20 milliseconds'),
        count(*) FILTER (WHERE background AND due <= moment + interval '20 milliseconds')
    INTO writing, looking, writing_soon, looking_soon
    FROM fleet_waiter LEFT JOIN fleet_share USING (app, class, account)
    WHERE app = p_app AND class = p_class AND key <> p_key
        AND (coalesce(fleet_decayed(used, at, moment), 0), since, key) < (own, asked, p_key);

    -- Of those in the background no more go before a write than their part has room for.
    room := CASE WHEN p_background OR looking = 0 THEN looking
        ELSE fleet_room(p_app, p_class, p_seconds, p_less, moment) END;
    wait := greatest(
        extract(epoch FROM closed - moment),
        fleet_wait(p_app, p_class, false, p_seconds, p_most, writing_soon + least(looking_soon, room), moment),
        CASE WHEN p_background THEN fleet_wait(p_app, p_class, true, p_seconds, p_less, looking_soon, moment) END
    );
    IF wait > 0 THEN
        wait := greatest(
            wait,
            fleet_wait(p_app, p_class, false, p_seconds, p_most, writing + least(looking, room), moment),
            CASE WHEN p_background THEN fleet_wait(p_app, p_class, true, p_seconds, p_less, looking, moment) END
        );
        -- Not longer than this, for those ahead may be dead; and not so short that it comes before its turn.
        wait := least(greatest(wait, 0.001), 10);
    END IF;
    IF wait > 0 OR p_look THEN
        INSERT INTO fleet_waiter
        VALUES (p_key, p_app, p_class, p_account, p_background, asked, moment + wait * interval '1 second')
        ON CONFLICT (key) DO UPDATE SET due = excluded.due;
        RETURN wait;
    END IF;

    DELETE FROM fleet_waiter WHERE key = p_key;
    DELETE FROM fleet_place
    WHERE app = p_app AND class = p_class AND ended < moment - longest * interval '1 second';
    INSERT INTO fleet_place VALUES (p_key, p_app, p_class, p_background, moment + p_call * interval '1 second')
    ON CONFLICT (key) DO UPDATE SET ended = excluded.ended;
    INSERT INTO fleet_share VALUES (p_app, p_class, p_account, 1, moment)
    ON CONFLICT (app, class, account) DO UPDATE SET used = own + 1, at = moment;
    UPDATE fleet_window SET seen = moment WHERE app = p_app AND class = p_class;
    RETURN 0;
END $$;

-- The reply is here. No earlier than the last place was taken: of a clock that went back nobody may have taken note yet.
CREATE FUNCTION fleet_leave(p_app text, p_class text, p_key uuid, p_background boolean)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO fleet_place VALUES (p_key, p_app, p_class, p_background,
        greatest(clock_timestamp(), (SELECT seen FROM fleet_window WHERE app = p_app AND class = p_class)))
    ON CONFLICT (key) DO UPDATE SET ended = excluded.ended
$$;

-- The API has said that it is too much: nobody sends anything for so many seconds.
CREATE FUNCTION fleet_close(p_app text, p_class text, p_seconds double precision, p_whole double precision)
RETURNS void LANGUAGE plpgsql SET lock_timeout = '10s' AS $$
DECLARE
    moment timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext(p_app), hashtext(p_class));
    moment := clock_timestamp();
    PERFORM fleet_opened(p_app, p_class, moment, p_whole);
    UPDATE fleet_window SET closed_until = greatest(closed_until, moment + p_seconds * interval '1 second')
    WHERE app = p_app AND class = p_class;
END $$;

-- How many calls of the last so many seconds count.
CREATE FUNCTION fleet_used(p_app text, p_class text, p_seconds double precision)
RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM fleet_place
    WHERE app = p_app AND class = p_class AND ended > clock_timestamp() - p_seconds * interval '1 second'
$$;
