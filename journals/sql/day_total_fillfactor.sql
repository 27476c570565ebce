ALTER TABLE journals_daytotal SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
-- back --
ALTER TABLE journals_daytotal RESET (fillfactor, autovacuum_vacuum_scale_factor);
