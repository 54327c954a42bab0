"""Driver `procrastinate`: a queue in PostgreSQL that workers on any machine serve. Loaded only where it is named."""
