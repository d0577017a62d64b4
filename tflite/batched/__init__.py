"""Runs any program on a batch of samples: each part once for all samples that reach it, decisions sample by sample."""
