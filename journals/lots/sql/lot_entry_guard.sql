-- An entry is one that its lot counts: whoever adds one without moving the lot is refused.
CREATE FUNCTION lots_lotentry_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.number > (SELECT l.entries FROM lots_lot l WHERE l.id = NEW.lot_id) THEN
        RAISE EXCEPTION 'a lot does not count this entry'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'lot_entry_counted';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER lot_entry_guard AFTER INSERT ON lots_lotentry
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION lots_lotentry_guard();
-- back --
DROP TRIGGER lot_entry_guard ON lots_lotentry;
DROP FUNCTION lots_lotentry_guard();
