"""What the shop can bear: measured beside other ways of doing the same work, in the same run."""
