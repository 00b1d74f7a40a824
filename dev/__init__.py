"""What stands in for the outside world on a developer's machine. Never part of a deployment."""
