"""How sure a map is: the same question put to other grids, other counts and other weeks, and what stays hot there."""
