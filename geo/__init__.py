"""Hexward: where city problems concentrate beyond chance, which come back, and what to put right first."""
