"""The same application on Ray Serve: replicas on several machines, as many as there is work for (docs/server.md).

    serve run tools/serving/ray.yaml

`ray[serve]` is asked for by name alone: pip install ".[ray]".
"""

from __future__ import annotations

from typing import Any

from ray import serve

from tools.serving import logs
from tools.serving.options import ServerOptions, read_token
from tools.serving.running import application

NAME = "parts"  # of the deployment, as ray.yaml has it


def build(arguments: dict[str, Any]) -> serve.Application:
    """What Ray Serve runs.

    Args:
        arguments: `bundles`, folders that every machine finds; `token_file`, or None for the token of the environment
            that Ray was started in; `options`, fields of `ServerOptions`; `replicas`, where no deployment file says
            how many. All but the first may be left out.

    Raises:
        ValueError: an argument is none of these, or an option is refused.
    """
    known = {"bundles", "token_file", "options", "replicas"}
    if strange := sorted(set(arguments) - known):
        raise ValueError(f"args: expected some of {sorted(known)}, received {strange[0]!r}")
    bundles, token_file = list(arguments.get("bundles", ())), arguments.get("token_file")
    if not bundles:
        raise ValueError("args: expected at least one of bundles, received none")
    options = ServerOptions(**arguments.get("options", {}))

    def made():
        """In each replica, which reads the token itself: what Ray passes on and shows holds none."""
        logs.begin()
        return application(bundles, options, read_token(token_file))

    return serve.deployment(serve.ingress(made)(), name=NAME, num_replicas=arguments.get("replicas", 1)).bind()
