-- How many postings an account had when event `at_sequence` was recorded: versions are dense and rise with the events,
-- so halving finds the last one. Twenty look-ups for a million postings.
CREATE FUNCTION journals_version_at(of_account uuid, at_sequence bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$
DECLARE
    low bigint := 0;
    high bigint;
    middle bigint;
BEGIN
    SELECT b.version INTO high FROM accounts_balance b WHERE b.account_id = of_account;
    WHILE low < high LOOP
        middle := (low + high + 1) / 2;
        IF (SELECT p.event_sequence FROM journals_posting p
            WHERE p.account_id = of_account AND p.account_version = middle) <= at_sequence THEN
            low := middle;
        ELSE
            high := middle - 1;
        END IF;
    END LOOP;
    RETURN low;
END
$$;
-- back --
DROP FUNCTION journals_version_at(uuid, bigint);
