-- Closes and reopenings of an entity are numbered without a gap, under its lock; a close moves the line forward by
-- any distance, a reopening moves it back; nothing closes while opening balances do not add up to zero.
CREATE FUNCTION journals_day_fence_order() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    last record;
BEGIN
    PERFORM books_lock_entities(ARRAY[NEW.entity_id]);
    SELECT number, closed_through INTO last FROM journals_dayfence
    WHERE entity_id = NEW.entity_id ORDER BY number DESC LIMIT 1;
    IF NEW.number <> coalesce(last.number, 0) + 1
       OR (NEW.action = 'close' AND NEW.closed_through <= last.closed_through)
       OR (NEW.action = 'reopen' AND (last.closed_through IS NULL OR NEW.day > last.closed_through)) THEN
        RAISE EXCEPTION 'a close or reopening does not follow from the one before it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'day_fence_in_order';
    END IF;
    IF NEW.action = 'close' AND EXISTS (
        SELECT 1 FROM accounts_account a JOIN accounts_balance b ON b.account_id = a.id
        WHERE a.entity_id = NEW.entity_id AND a.role = 'opening_equity' AND b.debits <> b.credits
    ) THEN
        RAISE EXCEPTION 'opening equity is not zero: opening balances are incomplete'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'opening_equity_is_zero';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER day_fence_order BEFORE INSERT ON journals_dayfence
FOR EACH ROW EXECUTE FUNCTION journals_day_fence_order();
-- back --
DROP TRIGGER day_fence_order ON journals_dayfence;
DROP FUNCTION journals_day_fence_order();
