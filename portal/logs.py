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


def mask_libraries() -> None:
    """Let the libraries that serve us name no link and no person: they quote a request that they cannot read or answer."""
    for name in ("gunicorn.error", "gunicorn.access", "portal"):
        library = logging.getLogger(name)
        if not any(isinstance(one, _Masked) for one in library.filters):
            library.addFilter(_Masked())


class _Masked(logging.Filter):
    """Cuts every link after six characters of its token, which tell two visits apart, and every electronic address."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = _masked(record.getMessage()), ()
        if record.exc_info:
            record.exc_text = _masked(logging.Formatter().formatException(record.exc_info))
        return True


def _masked(text: str) -> str:
    text = re.sub(r"""(/l/[^\s'"/]{0,6})[^\s'"/]*""", r"\1…", text)
    return re.sub(r"""[^\s'"/=&?]+(@|%40)[\w.-]+""", "…@…", text)
