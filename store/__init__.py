"""The shop: catalogue, carts, orders, stock, customers, and the queues that join it to the outside."""
