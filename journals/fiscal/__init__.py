"""The fiscal calendar and what is dated by it: periods, the year end, accruals, recurring journals."""
