-- An allocation has a debit and a credit that are items of its account. At no date is more allocated of an item than its
-- amount: an allocation that was undone counts for the dates between. Whoever writes holds the entity's lock first, so
-- that two cannot allocate the same amount at once.
CREATE FUNCTION open_items_allocation_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM books_lock_entities(ARRAY(SELECT DISTINCT n.entity_id FROM new_rows n));
    IF EXISTS (
        SELECT FROM new_rows n
        WHERE NOT open_items_item_is_free(n.entity_id, n.account_id, n.debit_version, true, n.allocated_on)
           OR NOT open_items_item_is_free(n.entity_id, n.account_id, n.credit_version, false, n.allocated_on))
    THEN
        RAISE EXCEPTION 'an allocation has a debit and a credit that are items of its account on its date'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_of_items';
    END IF;
    IF EXISTS (
        SELECT FROM (
            SELECT n.account_id, n.debit_version AS version FROM new_rows n
            UNION
            SELECT n.account_id, n.credit_version FROM new_rows n
        ) t
        WHERE open_items_most_allocated(t.account_id, t.version)
            > (SELECT abs(p.amount) FROM journals_posting p
               WHERE p.account_id = t.account_id AND p.account_version = t.version))
    THEN
        RAISE EXCEPTION 'more would be allocated of an item than its amount'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_within_amounts';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER allocation_guard AFTER INSERT ON open_items_allocation
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION open_items_allocation_guard();
-- back --
DROP TRIGGER allocation_guard ON open_items_allocation;
DROP FUNCTION open_items_allocation_guard();
