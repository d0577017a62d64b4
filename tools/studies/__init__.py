"""Tables of papers, computed from finished runs: they use the library, and nothing of the library uses them."""
