-- True when a period ends on that day that the layer may be dated to, and none of them is closed: any period for an
-- adjustment, a year for a closing entry.
CREATE FUNCTION periods_period_open(of_entity uuid, day date, for_layer text) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(bool_and(periods_period_status(p.id) <> 'closed'), false)
    FROM periods_period p
    WHERE p.entity_id = of_entity AND p.ends_on = day AND (for_layer <> 'closing' OR p.kind = 'year')
$$;
-- back --
DROP FUNCTION periods_period_open(uuid, date, text);
