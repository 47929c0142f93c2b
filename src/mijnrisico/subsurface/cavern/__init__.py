"""Salt caverns: how they close by creep, what happens after they are shut, and whether a void migrates upward.

    laws            creep laws of salt as a table, each with its mark
    closure         steady closure of a sphere or a cylinder under one or two creep mechanisms
    geometry        a cavern and the pressures around it
    history         void and volume lost while a cavern is leached
    warming         brine that takes the temperature of the rock
    shut_in         pressure and volume of a plugged cavern
    abandonment     the options beside each other
    sinkhole        how far a void migrates before its rubble fills it

All of it is screening: steady creep, one pressure and one temperature a cavern, no neighbours.
"""
