"""A term of 36 months for cars: more is approved, and a gate says whose decisions that changes."""

from .scorecard import Policy
from .underwriter import underwriter

decide = underwriter("1.1.0", Policy(segment_limits={"car": 36}))
