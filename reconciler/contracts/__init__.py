"""How the API speaks: one file a contract. `registry.py` lists them."""
