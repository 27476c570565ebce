-- True when a period of the entity ends on that day and every period that does is open.
CREATE FUNCTION journals_period_open(of_entity uuid, day date) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT coalesce(bool_and(coalesce(
        (SELECT s.status FROM journals_periodstatus s WHERE s.period_id = p.id ORDER BY s.number DESC LIMIT 1),
        'open') = 'open'), false)
    FROM journals_period p WHERE p.entity_id = of_entity AND p.ends_on = day
$$;
-- back --
DROP FUNCTION journals_period_open(uuid, date);
