-- Which exception it is never changes, none is deleted, and its entries only count on.
CREATE FUNCTION cases_recon_exception_guard() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'an exception is not deleted: it is resolved'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'recon_exception_is_kept';
    END IF;
    IF (NEW.id, NEW.entity_id, NEW.bank_account_id, NEW.number, NEW.event_sequence, NEW.opened_at)
        IS DISTINCT FROM (OLD.id, OLD.entity_id, OLD.bank_account_id, OLD.number, OLD.event_sequence, OLD.opened_at)
    THEN
        RAISE EXCEPTION 'an exception stays the one that was opened'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'recon_exception_identity_is_fixed';
    END IF;
    IF NEW.entries <= OLD.entries OR NEW.changed_sequence <= OLD.changed_sequence THEN
        RAISE EXCEPTION 'each change of an exception is an entry more'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'recon_exception_entries_rise';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER recon_exception_guard BEFORE UPDATE OR DELETE ON cases_reconexception
FOR EACH ROW EXECUTE FUNCTION cases_recon_exception_guard();
-- back --
DROP TRIGGER recon_exception_guard ON cases_reconexception;
DROP FUNCTION cases_recon_exception_guard();
