"""Who may call what: every view says it by a decorator, and what says nothing is closed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

RANKS = {"viewer": 1, "staff": 2, "owner": 3}
"""viewer sees, staff acts on orders, owner does everything; each may what those before may."""
LARGEST_BODY = 64 * 1024  # bytes; more than any form of the console needs
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Rule:
    """The lowest role that may call a view (None: anybody), and the largest body it takes, in bytes."""

    role: str | None
    largest_body: int


def may(role: str, *, largest_body: int = LARGEST_BODY) -> Callable[[View], View]:
    """Only this role, and those above it, may call the view."""
    if role not in RANKS:
        raise ValueError(f"there is no role {role!r}")
    return _mark(Rule(role, largest_body))


def anyone(view: View) -> View:
    """Everybody may call the view, logged in or not."""
    return _mark(Rule(None, LARGEST_BODY))(view)


def rule_of(view: Callable[..., Any]) -> Rule | None:
    """What was said about a view; None when nothing was."""
    return getattr(view, "console_rule", None)


def allows(rule: Rule, role: str) -> bool:
    """Whether somebody of this role may call a view of this rule."""
    return rule.role is None or RANKS[role] >= RANKS[rule.role]


def _mark(rule: Rule) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.__dict__["console_rule"] = rule
        return view

    return mark
