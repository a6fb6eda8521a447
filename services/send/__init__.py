"""Answers go out: an attempt claimed, one call made, its outcome written down."""
