-- What a lot is never changes, and none is deleted: what is left of it moves, with its entries.
CREATE FUNCTION lots_lot_guard() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a lot is not deleted: it is spent, expires, or is reversed'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'lot_is_kept';
    END IF;
    IF (NEW.id, NEW.entity_id, NEW.account_id, NEW.currency, NEW.journal_id, NEW.line, NEW.event_sequence, NEW.arrival,
        NEW.amount, NEW.priority, NEW.valid_from, NEW.expires_on, NEW.paid, NEW.usable_for, NEW.cost, NEW.cost_currency,
        NEW.expiry_account, NEW.deferred_account, NEW.income_account, NEW.breakage_account)
        IS DISTINCT FROM (OLD.id, OLD.entity_id, OLD.account_id, OLD.currency, OLD.journal_id, OLD.line,
        OLD.event_sequence, OLD.arrival, OLD.amount, OLD.priority, OLD.valid_from, OLD.expires_on, OLD.paid,
        OLD.usable_for, OLD.cost, OLD.cost_currency, OLD.expiry_account, OLD.deferred_account, OLD.income_account,
        OLD.breakage_account)
    THEN
        RAISE EXCEPTION 'a lot stays what it was granted as'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'lot_identity_is_fixed';
    END IF;
    IF NEW.entries < OLD.entries THEN
        RAISE EXCEPTION 'the entries of a lot only become more'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'lot_entries_only_grow';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER lot_guard BEFORE UPDATE OR DELETE ON lots_lot
FOR EACH ROW EXECUTE FUNCTION lots_lot_guard();
-- back --
DROP TRIGGER lot_guard ON lots_lot;
DROP FUNCTION lots_lot_guard();
