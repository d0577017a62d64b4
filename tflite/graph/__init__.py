"""TFLite flatbuffers as graphs: reads and links them, sets weights and ranges, checks versions. Needs no TensorFlow."""
