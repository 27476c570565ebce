-- What is left of a lot moves with its entries and by nothing else: looked at for those that came with this change.
CREATE FUNCTION lots_lot_moves_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    before record;
    made record;
BEGIN
    SELECT coalesce(OLD.entries, 0) AS entries, coalesce(OLD.remaining, 0) AS remaining,
           coalesce(OLD.cost_left, 0) AS cost_left INTO before;
    SELECT count(*) AS entries,
           coalesce(sum(CASE WHEN e.action IN ('granted', 'returned') THEN e.amount ELSE -e.amount END), 0) AS moved,
           coalesce(sum(CASE WHEN e.action IN ('granted', 'returned') THEN e.cost ELSE -e.cost END), 0) AS cost INTO made
    FROM lots_lotentry e WHERE e.lot_id = NEW.id AND e.number > before.entries AND e.number <= NEW.entries;
    IF made.entries <> NEW.entries - before.entries OR NEW.remaining - before.remaining <> made.moved
       OR NEW.cost_left - before.cost_left <> made.cost
    THEN
        RAISE EXCEPTION 'what is left of a lot is not what its entries have made of it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'lot_made_by_entries';
    END IF;
    IF TG_OP = 'INSERT' AND NOT (SELECT a.keeps_lots FROM accounts_account a WHERE a.id = NEW.account_id) THEN
        RAISE EXCEPTION 'this account keeps no lots'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'lot_of_account_that_keeps_them';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER lot_moves_guard AFTER INSERT OR UPDATE OF remaining, cost_left, entries ON lots_lot
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION lots_lot_moves_guard();
-- back --
DROP TRIGGER lot_moves_guard ON lots_lot;
DROP FUNCTION lots_lot_moves_guard();
