"""What keeps coming back: relapses, clusters through time, alarms, and what nobody looks at."""
