"""Structured logs: a line of JSON for each request, without what was sent and without the token."""

from __future__ import annotations

import json
import logging
import sys
import time

NAME = "frugal.serve"


class JsonLines(logging.Formatter):
    """A record as one line of JSON: when, how grave, what, and the fields that it was given."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z"
        line = {"time": moment, "level": record.levelname.lower(), "event": record.getMessage()}
        line |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__  # its words and frames may hold what was sent
        return json.dumps(line, ensure_ascii=False)


def begin(level: int = logging.INFO) -> logging.Logger:
    """The logger of a server, which writes to stderr; uvicorn's own lines come in the same form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name in (NAME, "uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler] if name != "uvicorn.error" else []
        logger.setLevel(level)
        logger.propagate = name == "uvicorn.error"
    return logging.getLogger(NAME)


def note(event: str, level: int = logging.INFO, **fields) -> None:
    """Logs an event with its fields."""
    logging.getLogger(NAME).log(level, event, extra={"fields": fields})


def note_failure(event: str, **fields) -> None:
    """Logs an event and the kind of the exception that is being handled, which is no fault of the request."""
    logging.getLogger(NAME).error(event, exc_info=True, extra={"fields": fields})
