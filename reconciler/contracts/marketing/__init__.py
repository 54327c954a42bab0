"""Contract `marketing`: the Marketing API v1.3 as it runs in production."""
