"""What each process needs to run and to end: its parent, its log, its clock."""
