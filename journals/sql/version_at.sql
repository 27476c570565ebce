-- How many postings an account had when event `at_sequence` was recorded. Versions are dense and rise with the events: a
-- guess along the line between two known ones and halving take turns, which finds the last in about ten look-ups.
CREATE FUNCTION journals_version_at(of_account uuid, at_sequence bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    low bigint := 0;
    low_sequence bigint := 0;
    high bigint;
    high_sequence bigint;
    middle bigint;
    found bigint;
    guess boolean := true;
BEGIN
    SELECT p.account_version, p.event_sequence INTO high, high_sequence FROM journals_posting p
    WHERE p.account_id = of_account ORDER BY p.account_version DESC LIMIT 1;
    IF high IS NULL OR high_sequence <= at_sequence THEN
        RETURN coalesce(high, 0);
    END IF;
    -- Always: the low one was recorded by then, the high one was not.
    WHILE high - low > 1 LOOP
        IF guess THEN
            middle := low + ((high - low) * (at_sequence - low_sequence)::double precision
                             / (high_sequence - low_sequence))::bigint;
            middle := greatest(low + 1, least(high - 1, middle));
        ELSE
            middle := (low + high) / 2;
        END IF;
        guess := NOT guess;
        SELECT p.event_sequence INTO found FROM journals_posting p
        WHERE p.account_id = of_account AND p.account_version = middle;
        IF found <= at_sequence THEN
            low := middle;
            low_sequence := found;
        ELSE
            high := middle;
            high_sequence := found;
        END IF;
    END LOOP;
    RETURN low;
END
$$;
-- back --
DROP FUNCTION journals_version_at(uuid, bigint);
