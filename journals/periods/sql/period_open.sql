-- True when a period ends on that day that the layer may be dated to, and none of them is closed: any period for an
-- adjustment, a year, or all before the calendar, for a closing entry. Where a year has a special period, that one takes
-- the adjustments of its last day, and its last month may be closed before.
CREATE FUNCTION periods_period_open(of_entity uuid, day date, for_layer text) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(bool_and(periods_period_status(p.id) <> 'closed'), false)
    FROM periods_period p
    WHERE p.entity_id = of_entity AND p.ends_on = day
      AND CASE WHEN for_layer = 'closing' THEN p.kind IN ('year', 'earlier')
               ELSE p.kind <> 'month' OR NOT EXISTS (
                   SELECT FROM periods_period s
                   WHERE s.entity_id = of_entity AND s.ends_on = day AND s.kind = 'special') END
$$;
-- back --
DROP FUNCTION periods_period_open(uuid, date, text);
