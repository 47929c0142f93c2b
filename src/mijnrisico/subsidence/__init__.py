"""Subsidence: the surface above a volume that is lost (`kernel`, `field`), what was measured of it (`observe`), and its effect.

`impact`, `limits` and `water` say what it does to buildings and to the water level.
"""
