-- True when a period of the entity ends on that day and none that does is closed. A lock is the application's rule: it
-- lets those through who may override it.
CREATE OR REPLACE FUNCTION journals_period_open(of_entity uuid, day date) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT coalesce(bool_and(journals_period_status(p.id) <> 'closed'), false)
    FROM journals_period p WHERE p.entity_id = of_entity AND p.ends_on = day
$$;
-- back --
CREATE OR REPLACE FUNCTION journals_period_open(of_entity uuid, day date) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT coalesce(bool_and(coalesce(
        (SELECT s.status FROM journals_periodstatus s WHERE s.period_id = p.id ORDER BY s.number DESC LIMIT 1),
        'open') = 'open'), false)
    FROM journals_period p WHERE p.entity_id = of_entity AND p.ends_on = day
$$;
