"""What follows the log: the read models, and the topics that others read."""
