"""Manifests: from the bytes of a YAML file to values, and from a value back to its place in the file."""
