"""The product's own apply, advance and recover on a virtual clock, against an API and a disk that fail by a seed."""
