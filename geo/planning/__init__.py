"""What to do about it: which areas first, which of them a budget allows, what a visit would cost, who closed in time."""
