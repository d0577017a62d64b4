"""The bundle's format: read from disk, checked, written, and tested on the goldens that it brings along.

Knows neither how a program runs nor what runs it.
"""

from .files import Bundle, file_entry, write_manifest

__all__ = ["Bundle", "file_entry", "write_manifest"]
