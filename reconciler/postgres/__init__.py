"""PostgreSQL: what machines share where one is not enough. The extra `fleet`, loaded only where a file names it."""
