"""Tests of forecasts of earthquakes against what happened, each in the file of the paper that it is from.

They take plain arrays: `rate` (cell, magnitude), the expected number of events of a period per cell and magnitude bin,
the cell and bin in which each event fell, and the probability of each number of events.
"""
