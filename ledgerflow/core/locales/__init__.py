"""How a person writes numbers, days and moments, and reads what he types. Pure; imports no Django."""
