-- Every posting leaves a dead version behind: they are cleared away early.
ALTER TABLE journals_daytotal SET (autovacuum_vacuum_scale_factor = 0.05);
-- back --
ALTER TABLE journals_daytotal RESET (autovacuum_vacuum_scale_factor);
