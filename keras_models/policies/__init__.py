"""Who decides: a network's own rules, learned controllers, gates; how they are fitted, and settings worth measuring."""
