"""Crashes, kills, lost and broken replies, damaged files, signals: the real command against the real simulator."""
