"""Places where a test may kill the process, to show that what is half done is finished after a restart.

``FAILPOINT=name`` in the environment of a *test* instance sends SIGKILL when the place of that name is reached; the
portal refuses to start with it elsewhere (`portal.office`).
"""

from __future__ import annotations

import os
import signal


def reached(name: str) -> None:
    """Die here if the environment asks for it."""
    if os.environ.get("FAILPOINT") == name:
        os.kill(os.getpid(), signal.SIGKILL)
