-- What moves the lines follows from where they are, numbered without a gap, under the entity's lock. One day closes at a
-- time: cut off, then closed or cancelled. There is always an open day left, the business date; nothing is cut off while
-- opening balances do not add up to zero; a day of a closed period is reopened only after its period.
CREATE FUNCTION days_day_cut_off_order() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    last record;
    closing boolean;
    strange boolean;
BEGIN
    PERFORM books_lock_entities(ARRAY[NEW.entity_id]);
    SELECT number, closed_through, ordinary_through INTO last FROM days_daycutoff
    WHERE entity_id = NEW.entity_id ORDER BY number DESC LIMIT 1;
    closing := last.ordinary_through IS DISTINCT FROM last.closed_through;
    strange := CASE NEW.action
        WHEN 'cut_off' THEN closing OR NEW.day <= last.closed_through
                            OR NEW.closed_through IS DISTINCT FROM last.closed_through
        WHEN 'close' THEN NOT closing OR NEW.day <> last.ordinary_through
        WHEN 'cancel' THEN NOT closing OR NEW.day <> last.ordinary_through
                           OR NEW.closed_through IS DISTINCT FROM last.closed_through
        WHEN 'reopen' THEN closing OR last.closed_through IS NULL OR NEW.day > last.closed_through
        END;
    IF strange OR NEW.number <> coalesce(last.number, 0) + 1 THEN
        RAISE EXCEPTION 'a % of % does not follow from the cut-off record before it', NEW.action, NEW.day
            USING ERRCODE = 'check_violation', CONSTRAINT = 'day_cut_off_in_order';
    END IF;
    IF NEW.action IN ('cut_off', 'close')
       AND NEW.day >= (SELECT business_date FROM books_entity WHERE id = NEW.entity_id) THEN
        RAISE EXCEPTION 'the business date itself cannot be closed: it has to move on first'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'day_cut_off_before_business_date';
    END IF;
    IF NEW.action = 'cut_off' AND EXISTS (
        SELECT 1 FROM accounts_account a JOIN accounts_balance b ON b.account_id = a.id
        WHERE a.entity_id = NEW.entity_id AND a.role = 'opening_equity' AND b.debits <> b.credits
    ) THEN
        RAISE EXCEPTION 'opening equity is not zero: opening balances are incomplete'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'opening_equity_is_zero';
    END IF;
    IF NEW.action = 'reopen' AND EXISTS (
        SELECT 1 FROM periods_period p
        WHERE p.entity_id = NEW.entity_id AND p.ends_on >= NEW.day AND periods_period_status(p.id) = 'closed'
    ) THEN
        RAISE EXCEPTION 'the day lies in a closed period'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'day_of_closed_period';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER day_cut_off_order BEFORE INSERT ON days_daycutoff
FOR EACH ROW EXECUTE FUNCTION days_day_cut_off_order();
-- back --
DROP TRIGGER day_cut_off_order ON days_daycutoff;
DROP FUNCTION days_day_cut_off_order();
