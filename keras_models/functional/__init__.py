"""The mathematics of adaptive inference as pure functions of arrays."""
