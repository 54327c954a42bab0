"""reconciler: ads as code for TikTok."""

__version__ = "0.1.0"
