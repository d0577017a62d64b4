"""The tables and figures of the source documents, one module a system: what tools/reproduce.py makes."""
