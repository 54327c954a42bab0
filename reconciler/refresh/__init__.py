"""Videos made by refresh tasks: what a download must be before it counts, and where it comes to lie."""
