"""Access control: users, what they may do, and the log of what was denied."""
