-- Every posting leaves a dead version behind: they are cleared away early.
ALTER TABLE accounts_balance SET (autovacuum_vacuum_scale_factor = 0.05);
-- back --
ALTER TABLE accounts_balance RESET (autovacuum_vacuum_scale_factor);
