"""Money: the banks' protocols, and how their word becomes the state of an order."""
