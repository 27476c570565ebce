-- Through which day the base amounts of each currency are measured, at a cut-off record and at most at `as_of`: by the
-- newest close that came to its end, and was not followed by another of the same day.
CREATE FUNCTION functional_coverage(of_entity uuid, as_of date, cut_off bigint)
RETURNS TABLE (currency text, day date, number bigint)
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT k.code::text, newest.day, newest.number
    FROM accounts_currency k
    CROSS JOIN LATERAL (
        SELECT m.day, m.number FROM functional_basemeasure m
        WHERE m.entity_id = of_entity AND m.currency = k.code AND m.number < cut_off
          AND m.day <= as_of
          AND m.day <= (SELECT f.closed_through FROM days_daycutoff f
                        WHERE f.entity_id = of_entity AND f.number = cut_off)
          AND EXISTS (SELECT FROM days_daycutoff f
                      WHERE f.entity_id = of_entity AND f.number = m.number + 1 AND f.action = 'close')
          AND NOT EXISTS (
              SELECT FROM days_dayclose c JOIN days_daycutoff f ON f.entity_id = c.entity_id AND f.number = c.number + 1
              WHERE c.entity_id = of_entity AND c.day = m.day AND c.number > m.number AND c.number < cut_off
                AND f.action = 'close')
        ORDER BY m.day DESC, m.number DESC LIMIT 1
    ) newest
    WHERE k.entity_id = of_entity
$$;
-- back --
DROP FUNCTION functional_coverage(uuid, date, bigint);
