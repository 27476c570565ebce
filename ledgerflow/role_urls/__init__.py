"""The addresses of a process that plays one part of the whole; `ledgerflow.urls` has all of them."""
