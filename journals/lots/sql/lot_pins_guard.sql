-- What is pinned of a lot is what holds pin of it.
CREATE FUNCTION lots_lot_pins_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    pinned_lot uuid;
BEGIN
    pinned_lot := CASE TG_TABLE_NAME WHEN 'lots_lot' THEN (to_jsonb(NEW) ->> 'id')::uuid
                  ELSE (to_jsonb(NEW) ->> 'lot_id')::uuid END;
    IF (SELECT l.pinned FROM lots_lot l WHERE l.id = pinned_lot)
       IS DISTINCT FROM (SELECT coalesce(sum(p.amount), 0) FROM lots_pin p WHERE p.lot_id = pinned_lot AND p.amount > 0)
    THEN
        RAISE EXCEPTION 'what is pinned of a lot is not what holds pin'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'lot_pinned_by_holds';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER lot_pins_guard AFTER UPDATE OF pinned ON lots_lot
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.pinned <> OLD.pinned) EXECUTE FUNCTION lots_lot_pins_guard();
CREATE CONSTRAINT TRIGGER pin_lot_guard AFTER INSERT OR UPDATE ON lots_pin
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION lots_lot_pins_guard();
-- back --
DROP TRIGGER lot_pins_guard ON lots_lot;
DROP TRIGGER pin_lot_guard ON lots_pin;
DROP FUNCTION lots_lot_pins_guard();
