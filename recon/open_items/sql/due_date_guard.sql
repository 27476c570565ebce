-- A due date is of a journal of the same books that has an item, and each one follows the one before.
CREATE FUNCTION open_items_due_date_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM books_lock_entities(ARRAY[NEW.entity_id]);
    IF NEW.number <> 1 + (SELECT coalesce(max(d.number), 0) FROM open_items_duedate d
                          WHERE d.journal_id = NEW.journal_id)
       OR NOT EXISTS (
        SELECT FROM journals_posting p
        JOIN open_items_itemaccount i ON i.account_id = p.account_id AND i.first_version <= p.account_version
        WHERE p.journal_id = NEW.journal_id AND p.entity_id = NEW.entity_id)
    THEN
        RAISE EXCEPTION 'a due date is of a journal with an item, and follows the one before'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'due_date_of_item';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER due_date_guard BEFORE INSERT ON open_items_duedate
FOR EACH ROW EXECUTE FUNCTION open_items_due_date_guard();
-- back --
DROP TRIGGER due_date_guard ON open_items_duedate;
DROP FUNCTION open_items_due_date_guard();
