"""What is read of the account: listings, reports, audiences, refreshed videos, and what a diagnosis concludes."""
