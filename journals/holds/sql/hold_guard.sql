-- What a hold is never changes; what is left of it only gets less, or it expires at another moment. One that has ended
-- stays as it is.
CREATE FUNCTION holds_hold_guard() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a hold is not deleted: it is released'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'hold_is_kept';
    END IF;
    IF (NEW.id, NEW.entity_id, NEW.account_id, NEW.currency, NEW.amount, NEW.description,
        NEW.external_reference, NEW.metadata, NEW.actor, NEW.placed_at, NEW.event_sequence)
        IS DISTINCT FROM (OLD.id, OLD.entity_id, OLD.account_id, OLD.currency, OLD.amount, OLD.description,
        OLD.external_reference, OLD.metadata, OLD.actor, OLD.placed_at, OLD.event_sequence)
    THEN
        RAISE EXCEPTION 'a hold is changed by capturing, releasing, extending or expiring, and by nothing else'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'hold_identity_is_fixed';
    END IF;
    IF NEW.expires_at IS DISTINCT FROM OLD.expires_at THEN
        IF OLD.status <> 'active' OR (NEW.status, NEW.captured, NEW.remaining)
           IS DISTINCT FROM (OLD.status, OLD.captured, OLD.remaining) OR NEW.entries <= OLD.entries THEN
            RAISE EXCEPTION 'a hold that is active is extended, and nothing else of it changes with that'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'hold_extended_by_itself';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.status <> 'active' OR NEW.remaining >= OLD.remaining OR NEW.captured < OLD.captured
       OR NEW.captured + NEW.remaining > OLD.captured + OLD.remaining OR NEW.entries <= OLD.entries THEN
        RAISE EXCEPTION 'what is left of a hold only gets less'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'hold_only_shrinks';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER hold_guard BEFORE UPDATE OR DELETE ON holds_hold
FOR EACH ROW EXECUTE FUNCTION holds_hold_guard();
-- back --
DROP TRIGGER hold_guard ON holds_hold;
DROP FUNCTION holds_hold_guard();
