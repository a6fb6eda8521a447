"""What can happen at the counter, what one may ask for, and what is refused."""
