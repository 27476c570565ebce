-- Snapshots and pinned rates come with the measuring of their close, in its transaction: a row that is added later
-- would change what closed days are worth.
CREATE FUNCTION functional_measured_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    strange boolean;
BEGIN
    IF TG_TABLE_NAME = 'functional_basesnapshot' THEN
        SELECT EXISTS (
            SELECT FROM (SELECT DISTINCT a.entity_id, a.currency, n.day, n.number
                         FROM new_rows n LEFT JOIN accounts_account a ON a.id = n.account_id) taken
            WHERE NOT EXISTS (
                SELECT FROM functional_basemeasure m
                WHERE m.entity_id = taken.entity_id AND m.currency = taken.currency AND m.day = taken.day
                  AND m.number = taken.number AND books_is_ours(m.xmin))) INTO strange;
    ELSE
        SELECT EXISTS (
            SELECT FROM (SELECT to_jsonb(n) AS given FROM new_rows n) taken
            WHERE NOT EXISTS (
                SELECT FROM functional_basemeasure m
                WHERE m.entity_id = (given ->> 'entity_id')::uuid AND m.currency = given ->> 'currency'
                  AND m.day >= (given ->> 'day')::date AND m.number = (given ->> 'number')::bigint
                  AND books_is_ours(m.xmin))) INTO strange;
    END IF;
    IF strange THEN
        RAISE EXCEPTION 'rows of % come with the measuring of their close', TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = 'functional_row_of_measuring';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER functional_base_snapshot_guard AFTER INSERT ON functional_basesnapshot
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION functional_measured_guard();
CREATE TRIGGER functional_pinned_rate_guard AFTER INSERT ON functional_measuredrate
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION functional_measured_guard();
-- back --
DROP TRIGGER functional_pinned_rate_guard ON functional_measuredrate;
DROP TRIGGER functional_base_snapshot_guard ON functional_basesnapshot;
DROP FUNCTION functional_measured_guard();
