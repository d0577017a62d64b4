"""From Keras submodels and a program to a bundle: export, quantization in chain order, joining, writing.

The only place in this package that imports TensorFlow; the run-time modules beside it never do.
"""
