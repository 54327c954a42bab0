"""Buckets of S3, Google Cloud Storage and Azure: what every machine may read, changed by compare-and-swap."""
