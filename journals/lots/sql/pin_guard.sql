-- A pin stays between its hold and its lot, and only gets less.
CREATE FUNCTION lots_pin_guard() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.hold_id, NEW.lot_id, NEW.account_id, NEW.entity_id)
          IS DISTINCT FROM (OLD.hold_id, OLD.lot_id, OLD.account_id, OLD.entity_id)
       OR NEW.amount >= OLD.amount
    THEN
        RAISE EXCEPTION 'a pin is let go of, and otherwise stays as it is'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'pin_only_shrinks';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pin_guard BEFORE UPDATE OR DELETE ON lots_pin
FOR EACH ROW EXECUTE FUNCTION lots_pin_guard();
-- back --
DROP TRIGGER pin_guard ON lots_pin;
DROP FUNCTION lots_pin_guard();
