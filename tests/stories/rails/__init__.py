"""Guard rails and the halt, seen from the command line."""
