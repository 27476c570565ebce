-- The order of commands. Not the key of the table, which is the id that every door gives.
CREATE SEQUENCE commands_command_number;
-- back --
DROP SEQUENCE commands_command_number;
