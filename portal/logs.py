"""Logs for operators: lines of JSON. No token, no address and no word of a letter ever stands in one."""

from __future__ import annotations

import logging
import re
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


def mask_links() -> None:
    """Let the libraries that serve us name no link in full: they quote the address of a request that they cannot read."""
    for name in ("gunicorn.error", "gunicorn.access", "portal"):
        library = logging.getLogger(name)
        if not any(isinstance(one, _Masked) for one in library.filters):
            library.addFilter(_Masked())


class _Masked(logging.Filter):
    """Cuts every link after six characters of its token, which are enough to tell two visits apart."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = _masked(record.getMessage()), ()
        if record.exc_info:
            record.exc_text = _masked(logging.Formatter().formatException(record.exc_info))
        return True


def _masked(text: str) -> str:
    return re.sub(r"""(/l/[^\s'"/]{0,6})[^\s'"/]*""", r"\1…", text)
