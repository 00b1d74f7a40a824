"""LINE: takes the customers' events in, and sends them what the shop has to say."""
