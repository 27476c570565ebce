CREATE TRIGGER checkpoint_tile_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON checkpoints_tile
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER checkpoint_tile_immutable ON checkpoints_tile;
