"""What to do about it: which areas first, what a budget allows, what a visit would cost, who closed in time."""
