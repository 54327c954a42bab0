"""Contract `openapi`: the API as the OpenAPI document describes it."""
