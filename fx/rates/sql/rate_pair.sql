-- A rate belongs to the one direction of its pair, and through it to its books.
ALTER TABLE rates_rate ADD CONSTRAINT fx_rate_pair_known
FOREIGN KEY (entity_id, base, quote) REFERENCES rates_pair (entity_id, base, quote);
-- back --
ALTER TABLE rates_rate DROP CONSTRAINT fx_rate_pair_known;
