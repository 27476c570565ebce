-- Numbers go on where the last ones ended: each statement adds a run without a gap to its series and year.
CREATE FUNCTION series_number_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT entity_id, series, year, min(number) AS low, max(number) AS high, count(*) AS count
                     FROM new_rows GROUP BY entity_id, series, year) t
        WHERE t.high - t.low + 1 <> t.count OR t.low < 1 OR (t.low > 1 AND NOT EXISTS (
            SELECT FROM series_seriesnumber n
            WHERE n.entity_id = t.entity_id AND n.series = t.series AND n.year = t.year AND n.number = t.low - 1)))
    THEN
        RAISE EXCEPTION 'numbers of a series have no gaps'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'series_number_gapless';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER series_number_guard AFTER INSERT ON series_seriesnumber
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION series_number_guard();
-- back --
DROP TRIGGER series_number_guard ON series_seriesnumber;
DROP FUNCTION series_number_guard();
