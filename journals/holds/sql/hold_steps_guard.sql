-- A hold is what its steps have made of it: looked at for those that came with this change.
CREATE FUNCTION holds_hold_steps_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    before record;
    made record;
    extension record;
BEGIN
    SELECT coalesce(OLD.entries, 0) AS entries, coalesce(OLD.captured, 0) AS captured,
           coalesce(OLD.remaining, 0) AS remaining INTO before;
    SELECT count(*) AS steps, coalesce(sum(s.amount) FILTER (WHERE s.action = 'placed'), 0) AS placed,
           coalesce(sum(s.amount) FILTER (WHERE s.action = 'captured'), 0) AS captured,
           coalesce(sum(s.amount) FILTER (WHERE s.action IN ('released', 'expired')), 0) AS let_go INTO made
    FROM holds_holdentry s WHERE s.hold_id = NEW.id AND s.number > before.entries AND s.number <= NEW.entries;
    IF made.steps <> NEW.entries - before.entries OR NEW.captured - before.captured <> made.captured
       OR NEW.remaining - before.remaining <> made.placed - made.captured - made.let_go
    THEN
        RAISE EXCEPTION 'a hold is not what its steps have made of it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'hold_made_by_steps';
    END IF;
    SELECT s.expired_before, s.expires_at INTO extension FROM holds_holdentry s
    WHERE s.hold_id = NEW.id AND s.action = 'extended' AND s.number > before.entries AND s.number <= NEW.entries
    ORDER BY s.number DESC LIMIT 1;
    IF TG_OP = 'UPDATE' AND (NEW.expires_at IS DISTINCT FROM OLD.expires_at OR FOUND)
       AND (NOT FOUND OR (extension.expired_before, extension.expires_at)
                         IS DISTINCT FROM (OLD.expires_at, NEW.expires_at))
    THEN
        RAISE EXCEPTION 'a hold does not expire when its extension says'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'hold_extended_by_step';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER hold_steps_guard AFTER INSERT OR UPDATE ON holds_hold
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION holds_hold_steps_guard();
-- back --
DROP TRIGGER hold_steps_guard ON holds_hold;
DROP FUNCTION holds_hold_steps_guard();
