"""Subsidence: the bowl above what shrinks below, the measurements of it, and what it does at the surface."""
