"""A fleet: many accounts, one command."""
