-- What belongs to a journal refers to it together with the entity, so that it is in the same books.
-- The key is made after every other index of the table. While the table is empty, all of them look alike to the planner,
-- and it takes the newest: any other that begins with the entity would have each check of a foreign key read all journals
-- of the books, for as long as the session keeps its plan.
ALTER TABLE journals_journal ADD CONSTRAINT journal_of_entity UNIQUE (id, entity_id);
-- back --
ALTER TABLE journals_journal DROP CONSTRAINT journal_of_entity;
