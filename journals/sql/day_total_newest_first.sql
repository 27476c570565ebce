-- The count is part of the key for the reason given in accounts/sql/balance_newest_first.sql; `day_total_guard` holds what
-- the key no longer says.
ALTER TABLE journals_daytotal
    DROP CONSTRAINT journals_daytotal_pkey,
    ADD CONSTRAINT journals_daytotal_pkey PRIMARY KEY (account_id, effective_date, layer, part, count);
-- back --
ALTER TABLE journals_daytotal
    DROP CONSTRAINT journals_daytotal_pkey,
    ADD CONSTRAINT journals_daytotal_pkey PRIMARY KEY (account_id, effective_date, layer, part);
