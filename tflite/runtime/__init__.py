"""Runs bundles: interpreters, input images, budgets, measured latencies, and the governor of operating points."""
