"""Reference rates of the European Central Bank, as its files have them. Pure."""
