-- A pin is of a hold and of a lot of one account.
ALTER TABLE lots_pin
    ADD CONSTRAINT pin_of_hold FOREIGN KEY (hold_id, account_id, entity_id) REFERENCES holds_hold (id, account_id, entity_id),
    ADD CONSTRAINT pin_of_lot FOREIGN KEY (lot_id, account_id, entity_id) REFERENCES lots_lot (id, account_id, entity_id);
-- back --
ALTER TABLE lots_pin DROP CONSTRAINT pin_of_hold, DROP CONSTRAINT pin_of_lot;
