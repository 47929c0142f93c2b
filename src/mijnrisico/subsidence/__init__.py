"""Subsidence: the surface above a lost volume (`kernel`, `field`), its measurement (`observe`) and its effect.

`impact`, `limits` and `water` say what it does to buildings and to the water level.
"""
