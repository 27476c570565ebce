-- Months do not overlap, nor do years, all before the calendar among them. An exclusion constraint would need an extension (btree_gist) that not every
-- server has; under the entity's lock, looking is as safe.
CREATE FUNCTION periods_period_overlap_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM books_lock_entities(ARRAY[NEW.entity_id]);
    IF EXISTS (SELECT FROM periods_period o
               WHERE o.entity_id = NEW.entity_id AND o.id <> NEW.id
                 AND (o.kind = NEW.kind OR o.kind IN ('year', 'earlier') AND NEW.kind IN ('year', 'earlier'))
                 AND o.starts_on <= NEW.ends_on AND o.ends_on >= NEW.starts_on)
    THEN
        RAISE EXCEPTION 'a % from % to % overlaps another', NEW.kind, NEW.starts_on, NEW.ends_on
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'period_overlaps_none';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER period_overlap_guard AFTER INSERT ON periods_period
FOR EACH ROW EXECUTE FUNCTION periods_period_overlap_guard();
-- back --
DROP TRIGGER period_overlap_guard ON periods_period;
DROP FUNCTION periods_period_overlap_guard();
