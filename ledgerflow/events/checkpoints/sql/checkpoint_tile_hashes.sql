-- Whole hashes, one to 256 of them, all below one node of the next kept level.
ALTER TABLE checkpoints_tile
    ADD CONSTRAINT checkpoint_tile_of_hashes
        CHECK (octet_length(hashes) BETWEEN 32 AND 8192 AND octet_length(hashes) % 32 = 0),
    ADD CONSTRAINT checkpoint_tile_below_one_node
        CHECK (first % 256 + octet_length(hashes) / 32 <= 256),
    -- A hash has no pattern to compress, and reading a few of them should not read them all.
    ALTER COLUMN hashes SET STORAGE EXTERNAL;
-- back --
ALTER TABLE checkpoints_tile
    ALTER COLUMN hashes SET STORAGE EXTENDED,
    DROP CONSTRAINT checkpoint_tile_below_one_node,
    DROP CONSTRAINT checkpoint_tile_of_hashes;
