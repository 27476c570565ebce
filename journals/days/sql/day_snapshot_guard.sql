-- A snapshot is taken once, in the run under way: a row that is added later would change the balances of a closed
-- day. The record of the step comes after the rows.
CREATE FUNCTION days_day_snapshot_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT a.entity_id, n.day, n.number
                     FROM new_rows n JOIN accounts_account a ON a.id = n.account_id) taken
        WHERE NOT EXISTS (
            SELECT FROM days_dayclose c
            WHERE c.entity_id = taken.entity_id AND c.day = taken.day AND c.number = taken.number
              AND c.number = (SELECT max(f.number) FROM days_daycutoff f WHERE f.entity_id = taken.entity_id)
              AND NOT EXISTS (SELECT FROM days_dayclosestep s
                              WHERE s.close_id = c.id AND s.step = 'snapshot' AND s.outcome = 'done'))
    ) THEN
        RAISE EXCEPTION 'a snapshot is taken once, in the close that is under way'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'day_snapshot_of_its_close';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER day_snapshot_guard AFTER INSERT ON days_daysnapshot
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION days_day_snapshot_guard();
-- back --
DROP TRIGGER day_snapshot_guard ON days_daysnapshot;
DROP FUNCTION days_day_snapshot_guard();
