-- Day totals are kept in parts of 256 versions of the account, no longer by the date they came in. The guard and the count
-- in the key are there for the reasons given in day_total_guard.sql and day_total_newest_first.sql.
ALTER TABLE journals_daytotal DROP CONSTRAINT journals_daytotal_pkey;
DELETE FROM journals_daytotal;
ALTER TABLE journals_daytotal DROP COLUMN recorded_date, ADD COLUMN part integer NOT NULL;
ALTER TABLE journals_daytotal
    ADD CONSTRAINT journals_daytotal_pkey PRIMARY KEY (account_id, effective_date, layer, part, count);
CREATE INDEX day_total_other_layers ON journals_daytotal (account_id, effective_date) WHERE layer <> 'ordinary';
CREATE OR REPLACE FUNCTION journals_day_total_guard() RETURNS trigger
LANGUAGE plpgsql AS $$
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
INSERT INTO journals_daytotal (account_id, effective_date, layer, part, debits, credits, count)
SELECT p.account_id, p.effective_date, j.layer, p.account_version / 256,
       coalesce(sum(p.amount) FILTER (WHERE p.amount > 0), 0), coalesce(-sum(p.amount) FILTER (WHERE p.amount < 0), 0),
       count(*)
FROM journals_posting p JOIN journals_journal j ON j.id = p.journal_id GROUP BY 1, 2, 3, 4;
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
-- back --
ALTER TABLE journals_daytotal DROP CONSTRAINT journals_daytotal_pkey;
DROP INDEX day_total_other_layers;
DELETE FROM journals_daytotal;
ALTER TABLE journals_daytotal DROP COLUMN part, ADD COLUMN recorded_date date NOT NULL;
ALTER TABLE journals_daytotal
    ADD CONSTRAINT journals_daytotal_pkey PRIMARY KEY (account_id, effective_date, layer, recorded_date, count);
CREATE OR REPLACE FUNCTION journals_day_total_guard() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM journals_daytotal
        WHERE account_id = NEW.account_id AND effective_date = NEW.effective_date
          AND layer = NEW.layer AND recorded_date = NEW.recorded_date
    ) THEN
        RAISE EXCEPTION 'there is a total of this account and day already'
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'day_total_one_per_day';
    END IF;
    RETURN NEW;
END
$$;
INSERT INTO journals_daytotal (account_id, effective_date, layer, recorded_date, debits, credits, count)
SELECT p.account_id, p.effective_date, j.layer, (j.recorded_at AT TIME ZONE 'UTC')::date,
       coalesce(sum(p.amount) FILTER (WHERE p.amount > 0), 0), coalesce(-sum(p.amount) FILTER (WHERE p.amount < 0), 0),
       count(*)
FROM journals_posting p JOIN journals_journal j ON j.id = p.journal_id GROUP BY 1, 2, 3, 4;
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
