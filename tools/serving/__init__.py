"""The server half: answers for the remote parts of bundles over HTTP (docs/server.md)."""
