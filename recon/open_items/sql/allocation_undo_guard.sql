-- An allocation of the same books is undone, not before its date.
CREATE FUNCTION open_items_allocation_undo_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM books_lock_entities(ARRAY[NEW.entity_id]);
    IF NOT EXISTS (
        SELECT FROM open_items_allocation a
        WHERE a.id = NEW.allocation_id AND a.entity_id = NEW.entity_id AND a.allocated_on <= NEW.undone_on)
    THEN
        RAISE EXCEPTION 'an allocation of these books is undone, not before its date'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_undone_after_it';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER allocation_undo_guard BEFORE INSERT ON open_items_allocationundo
FOR EACH ROW EXECUTE FUNCTION open_items_allocation_undo_guard();
-- back --
DROP TRIGGER allocation_undo_guard ON open_items_allocationundo;
DROP FUNCTION open_items_allocation_undo_guard();
