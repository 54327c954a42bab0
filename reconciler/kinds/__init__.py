"""What users write: one file a kind. `registry.py` lists them; nothing else knows which kinds exist."""
