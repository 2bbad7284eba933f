"""PLUMB_LOG: the log on standard error. Secrets are no part of any message: what holds one is a Secret, which prints as ***."""

from __future__ import annotations

import logging
import sys

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
OTHERS = ("botocore", "boto3", "urllib3", "kubernetes", "git")
"""Libraries that log whole requests, with what is in them: never below warnings."""


def start(level: str) -> None:
    wanted = LEVELS.get(level.lower())
    if wanted is None:
        sys.stderr.write(f"PLUMB_LOG={level}: there are {', '.join(LEVELS)}\n")
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    log = logging.getLogger()
    log.handlers[:] = [handler]
    log.setLevel(wanted)
    for name in OTHERS:
        logging.getLogger(name).setLevel(logging.WARNING)
