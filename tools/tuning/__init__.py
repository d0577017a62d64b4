"""What tools/tune.py searches with: options, trials, keras-tuner's Hyperband, and the results."""
