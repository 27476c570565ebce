-- The business date only moves forward: moved back, journals would lie after it, or it on a closed day.
CREATE FUNCTION books_entity_guard() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF EXISTS (SELECT FROM books_event WHERE entity_id = OLD.id) THEN
            RAISE EXCEPTION 'an entity with a history cannot be deleted'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'entity_has_history';
        END IF;
        RETURN OLD;
    END IF;
    IF (NEW.id, NEW.code, NEW.base_currency, NEW.first_business_date)
        IS DISTINCT FROM (OLD.id, OLD.code, OLD.base_currency, OLD.first_business_date) THEN
        RAISE EXCEPTION 'code, base currency and first business date of an entity are fixed'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'entity_identity_is_fixed';
    END IF;
    IF NEW.business_date < OLD.business_date THEN
        RAISE EXCEPTION 'the business date only moves forward'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'entity_date_moves_forward';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER entity_guard BEFORE UPDATE OR DELETE ON books_entity
FOR EACH ROW EXECUTE FUNCTION books_entity_guard();
-- back --
DROP TRIGGER entity_guard ON books_entity;
DROP FUNCTION books_entity_guard();
