"""Speaking to the API: transport (one method), limiter, reply classification, client."""
