"""Executors that reach the real world."""
