-- One row for an account, effective date, layer and part; what it can hold at all.
CREATE FUNCTION journals_day_total_guard() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM journals_daytotal
        WHERE account_id = NEW.account_id AND effective_date = NEW.effective_date
          AND layer = NEW.layer AND part = NEW.part
    ) THEN
        RAISE EXCEPTION 'there is a total of this account, day and part already'
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'day_total_one_per_day';
    END IF;
    IF NEW.effective_date < '1900-01-01' OR NEW.effective_date > '2999-12-31' OR NEW.part < 0 OR NEW.count < 0
       OR NEW.debits < 0 OR NEW.credits < 0 OR NEW.debits >= 1e45 OR NEW.credits >= 1e45 THEN
        RAISE EXCEPTION 'a total of a day has a date in the years 1900 to 2999 and sums that are numbers from zero'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journals_daytotal_bounds';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER day_total_guard BEFORE INSERT ON journals_daytotal
FOR EACH ROW EXECUTE FUNCTION journals_day_total_guard();
-- back --
DROP TRIGGER day_total_guard ON journals_daytotal;
DROP FUNCTION journals_day_total_guard();
