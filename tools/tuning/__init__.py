"""What tools/tune.py searches with: options, trials, their judge, keras-tuner's Hyperband, and the results."""
