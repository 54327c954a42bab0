"""Many ad accounts of one developer app: each is a workspace that is made in memory from the fleet's files."""
