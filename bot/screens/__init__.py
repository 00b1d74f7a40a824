"""What the shop says in LINE: pure functions from data to LINE message objects."""
