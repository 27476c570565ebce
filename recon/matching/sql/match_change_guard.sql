-- A match is taken back, once, and nothing else of it ever changes.
CREATE FUNCTION matching_match_change_guard() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a match is not deleted: it is taken back'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'match_is_kept';
    END IF;
    IF to_jsonb(NEW) - '{status,changed_sequence}'::text[] <> to_jsonb(OLD) - '{status,changed_sequence}'::text[]
       OR OLD.status <> 'confirmed' OR NEW.status <> 'unmatched' OR NEW.changed_sequence <= OLD.changed_sequence THEN
        RAISE EXCEPTION 'a match is taken back, and nothing else of it changes'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'match_is_only_taken_back';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER match_change_guard BEFORE UPDATE OR DELETE ON matching_match
FOR EACH ROW EXECUTE FUNCTION matching_match_change_guard();
-- back --
DROP TRIGGER match_change_guard ON matching_match;
DROP FUNCTION matching_match_change_guard();
