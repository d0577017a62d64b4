"""Asks a server for the parts that run elsewhere."""
