"""Programs: a manifest's steps bound to open parts, and the arithmetic between the parts. Knows no interpreter."""
