-- Open items are kept on an asset or a liability of the books, from one of its postings or from the next one on; other terms
-- are for what is posted after them. So nothing that is an item already gets another due date, or is none any more.
CREATE FUNCTION open_items_item_account_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    next_version bigint;
    last record;
BEGIN
    PERFORM books_lock_entities(ARRAY[NEW.entity_id]);
    IF NOT EXISTS (
        SELECT FROM accounts_account a
        WHERE a.id = NEW.account_id AND a.entity_id = NEW.entity_id AND a.type IN ('asset', 'liability')
          AND NOT a.is_header)
    THEN
        RAISE EXCEPTION 'open items are kept on assets and liabilities'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'item_account_is_asset_or_liability';
    END IF;
    SELECT coalesce(max(p.account_version), 0) + 1 INTO next_version
    FROM journals_posting p WHERE p.account_id = NEW.account_id;
    SELECT max(i.number) AS number INTO last FROM open_items_itemaccount i WHERE i.account_id = NEW.account_id;
    IF NEW.number <> coalesce(last.number, 0) + 1
       OR NOT (NEW.first_version = next_version OR (NEW.number = 1 AND NEW.first_version < next_version))
    THEN
        RAISE EXCEPTION 'postings are items from one of them or from the next one on'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'item_account_goes_on';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER item_account_guard BEFORE INSERT ON open_items_itemaccount
FOR EACH ROW EXECUTE FUNCTION open_items_item_account_guard();
-- back --
DROP TRIGGER item_account_guard ON open_items_itemaccount;
DROP FUNCTION open_items_item_account_guard();
