"""What an installation is made of: tenants, channels, agents and tokens, and who may come in."""
