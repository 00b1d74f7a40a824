"""The exceptions of the console.

ConsoleError
├── LoginTaken        somebody else has this login
├── BadPassword       a password that may not be used; the message says which rule it breaks
└── BadInput          a field of a form that cannot be read; the message is for the person who sent it
"""

from __future__ import annotations


class ConsoleError(Exception):
    """Base of everything the console raises on purpose."""


class LoginTaken(ConsoleError):
    """Somebody else has this login."""


class BadPassword(ConsoleError):
    """A password that may not be used; the message says which rule it breaks."""


class BadInput(ConsoleError):
    """A field of a form that cannot be read; the message is for the person who sent it."""
