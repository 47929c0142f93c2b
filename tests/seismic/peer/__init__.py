"""Cases on which programs for seismic hazard are verified (PEER 2010/106, 2018/03), put to the functions of ours.

The motion models, the sources and the numbers of others are here; the integral and the fractiles are those of
`mijnrisico`. Where the numbers come from: `ORIGIN.md`.
"""
