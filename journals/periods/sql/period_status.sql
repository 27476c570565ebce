-- The status of a period: that of its newest row, open without one.
CREATE FUNCTION periods_period_status(of_period uuid) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(
        (SELECT status FROM periods_periodstatus WHERE period_id = of_period ORDER BY number DESC LIMIT 1), 'open')
$$;
-- back --
DROP FUNCTION periods_period_status(uuid);
