-- Half of every page stays free, so that a new version of a balance lands beside the old one and no index changes.
ALTER TABLE accounts_balance SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
-- back --
ALTER TABLE accounts_balance RESET (fillfactor, autovacuum_vacuum_scale_factor);
