"""From a preset to a run folder, and from a run folder to a bundle, as functions over plain settings."""
