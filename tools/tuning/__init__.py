"""What tools/tune.py searches with: options, spaces, trials, their judge, keras-tuner's Hyperband, and the results."""
