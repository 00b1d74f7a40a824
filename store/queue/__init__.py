"""What came in (inbox), what must go out (outbox), and the worker that empties both."""
