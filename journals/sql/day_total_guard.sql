-- One row for an account, effective date, layer and part.
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
    RETURN NEW;
END
$$;
CREATE TRIGGER day_total_guard BEFORE INSERT ON journals_daytotal
FOR EACH ROW EXECUTE FUNCTION journals_day_total_guard();
-- back --
DROP TRIGGER day_total_guard ON journals_daytotal;
DROP FUNCTION journals_day_total_guard();
