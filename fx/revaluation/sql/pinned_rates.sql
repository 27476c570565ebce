-- At which rates the movements of these dates came in: those of the newest run, as known at an event (NULL: now). A day
-- that was reopened takes the rates of its next close, or else a wrong rate could never be corrected.
CREATE FUNCTION revaluation_pinned_rates(of_entity uuid, first date, last date, known bigint)
RETURNS TABLE (currency text, day date, chain jsonb)
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    WITH reopened AS MATERIALIZED (
        SELECT f.day, f.event_sequence FROM days_daycutoff f
        WHERE f.entity_id = of_entity AND f.action = 'reopen' AND (known IS NULL OR f.event_sequence <= known)
    )
    SELECT DISTINCT ON (p.currency, p.day) p.currency::text, p.day, p.chain
    FROM revaluation_pinnedrate p JOIN revaluation_revaluation r ON r.id = p.run_id
    WHERE p.entity_id = of_entity AND p.day BETWEEN first AND last
      AND (known IS NULL OR r.event_sequence <= known)
      AND NOT EXISTS (SELECT FROM reopened o WHERE o.day <= p.day AND o.event_sequence > r.event_sequence)
    ORDER BY p.currency, p.day, r.number DESC
$$;
-- back --
DROP FUNCTION revaluation_pinned_rates(uuid, date, date, bigint);
