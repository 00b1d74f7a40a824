"""What LINE would say to a message or a rich menu, checked offline.

The documented limits of the LINE Messaging API reference, with closed objects: a property LINE does not
know is a problem here, while the SDK drops it without a word.
"""

from dev.line.validate.messages import validate_messages
from dev.line.validate.richmenu import validate_rich_menu, validate_rich_menu_image
from dev.line.validate.rules import Problem
from dev.line.validate.text import count_graphemes, count_utf16

__all__ = [
    "Problem",
    "count_graphemes",
    "count_utf16",
    "validate_messages",
    "validate_rich_menu",
    "validate_rich_menu_image",
]
