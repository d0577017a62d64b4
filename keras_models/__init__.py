"""Adaptive networks in Keras: families, layers, mathematics, presets and data sets."""
