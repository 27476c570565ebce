-- Whether a posting is an item of its books that can be allocated on a date: it is there by then, and its journal neither
-- was reversed before nor is a reversal, as these settle each other. What was allocated before its reversal comes like
-- that to books that it is imported into.
CREATE FUNCTION open_items_item_is_free(of_entity uuid, of_account uuid, of_version bigint, is_debit boolean, day date)
RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM journals_posting p JOIN journals_journal j ON j.id = p.journal_id
        WHERE p.account_id = of_account AND p.account_version = of_version AND p.entity_id = of_entity
          AND (p.amount > 0) = is_debit AND p.effective_date <= day AND j.reverses_id IS NULL
          AND NOT EXISTS (SELECT FROM journals_journal r WHERE r.reverses_id = j.id AND r.effective_date < day)
          AND EXISTS (SELECT FROM open_items_itemaccount i
                      WHERE i.account_id = of_account AND i.first_version <= of_version))
$$;
-- back --
DROP FUNCTION open_items_item_is_free(uuid, uuid, bigint, boolean, date);
