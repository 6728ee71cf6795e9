"""Caversham: an open listening station for state media."""
