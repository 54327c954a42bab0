"""What people and programs get to see. Nothing here reads, writes or prints."""
