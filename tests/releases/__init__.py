"""What earlier releases left behind: a folder each, made by that release's own code (`make release-data`)."""
