"""Values first: one file a room of the engine, without a server, a file or a clock."""
