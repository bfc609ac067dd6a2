"""Logs for operators: lines of JSON. No token, no address and no word of a letter ever stands in one."""

from __future__ import annotations

import sys
from typing import Any

import structlog


def logger(*, test: bool) -> Any:
    """Return the log of this process; a test instance logs warnings only, so that its terminal stays readable."""
    return structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(30 if test else 20),
    )
