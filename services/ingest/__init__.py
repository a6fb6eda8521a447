"""Records of the inbound topic become facts: whose each message is, and what it changes."""
