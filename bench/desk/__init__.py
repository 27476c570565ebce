"""The operator's desk, measured: every page in every width and colour, how fast, how heavy, and jobs by keyboard."""
