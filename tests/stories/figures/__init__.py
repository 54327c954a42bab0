"""Figures by name: what ads show since when, reports and variants told by what the manifests call them."""
