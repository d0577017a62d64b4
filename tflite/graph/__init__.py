"""TFLite flatbuffers as graphs: read, linked, given weights and ranges, checked against old runtimes. No TensorFlow."""
