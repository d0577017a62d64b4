"""Serve the remote parts of bundles over HTTP, for phones that run the rest (docs/server.md)."""

import os
import sys

if __name__ == "__main__":  # the repository comes first on the path, not tools/
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    from tools import starting  # noqa: F401  (from here on an interruption is one sentence)

import argparse

from tools import console
from tools.options import add_options, taken
from tools.serving.options import TOKEN, ServerOptions, check_open, read_token


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    ends = "It ends with SIGINT or SIGTERM, when the requests in flight have been answered."
    parser = argparse.ArgumentParser(prog="tools/serve.py", description=f"{__doc__} {ends}")
    add = parser.add_argument
    add("bundles", metavar="BUNDLE", nargs="+", help="folder with a server/; several of one name are its versions")
    add("--host", default="127.0.0.1", metavar="ADDRESS", help="to listen on (default: %(default)s, for this machine)")
    add("--port", type=int, default=8700, metavar="N", help="0 for any that is free (default: %(default)s)")
    text = f"file whose first line is the token that requests have to carry (default: {TOKEN} of the environment)"
    add("--token-file", metavar="FILE", help=text)
    add("--replicas", type=int, default=1, metavar="N", help="processes that share the port (default: %(default)s)")
    add("--certificate", metavar="FILE", help="PEM file, to serve by TLS here rather than behind a proxy")
    add("--key", metavar="FILE", help="PEM file of the certificate's key")
    add_options(parser, ServerOptions)
    return parser


def command(options: argparse.Namespace) -> int:
    """Serves until it is ended."""
    if options.replicas < 1:
        raise console.UserError(f"replicas: expected at least 1, received {options.replicas}")
    if (options.certificate is None) != (options.key is None):
        raise console.UserError("expected both of --certificate and --key or none, received one")
    limits, token = ServerOptions(**taken(ServerOptions, options)), read_token(options.token_file)
    check_open(options.host, token)
    from tools.serving.running import serve

    serve(
        options.bundles,
        limits,
        token,
        options.host,
        options.port,
        options.replicas,
        options.certificate,
        options.key,
    )
    return 0


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
