"""The checks: one a file, each a function of the evidence; `auditing/catalog.py` lists them."""
