"""Hazard and risk of mining: from a production scenario to ground motion, risk and the norm."""

__version__ = "0.1.0"
