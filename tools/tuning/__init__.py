"""What tools/tune.py searches with: the spaces, the trials, the folder that processes share, and the results."""
