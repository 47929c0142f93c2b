"""Compaction models: vertical strain of the reservoir from its depletion, one model a file."""
