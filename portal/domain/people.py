"""People with an account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Person:
    """An account."""

    id: int
    email: str
    first_name: str
    last_name: str
    address: str
    """Postal lines, one per line."""
    status: str
    role: str
    """``sender``, ``auditor`` or ``operator``."""
    password: str
    """argon2id hash."""
    created_at: datetime

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()
