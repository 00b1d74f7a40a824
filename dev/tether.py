"""Run a program that ends with its parent: `python -m dev.tether PARENT_PID PROGRAM ARGUMENT...`."""

from __future__ import annotations

import os
import signal
import sys

from dev.stepdown import tie_to

if __name__ == "__main__":
    tie_to(int(sys.argv[1]), signal.SIGTERM)
    os.execvp(sys.argv[2], sys.argv[2:])
