"""A stand-in for LINE: the Messaging API for a bot, a chat for its customers, levers for tests."""

from dev.line.app import create_app
from dev.line.config import PlatformConfig
from dev.line.errors import ApiError, ChatError, StandInError
from dev.line.platform import Platform

__all__ = ["ApiError", "ChatError", "Platform", "PlatformConfig", "StandInError", "create_app"]
