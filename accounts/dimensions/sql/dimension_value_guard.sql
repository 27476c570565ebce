-- Which value it is never changes: lines name it by its code.
CREATE FUNCTION dimensions_value_guard() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.entity_id, NEW.dimension, NEW.code) IS DISTINCT FROM (OLD.id, OLD.entity_id, OLD.dimension, OLD.code)
    THEN
        RAISE EXCEPTION 'entity, dimension and code of a value are fixed'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'dimension_value_identity_is_fixed';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER dimension_value_guard BEFORE UPDATE ON dimensions_dimensionvalue
FOR EACH ROW EXECUTE FUNCTION dimensions_value_guard();
-- back --
DROP TRIGGER dimension_value_guard ON dimensions_dimensionvalue;
DROP FUNCTION dimensions_value_guard();
