"""Other code, the same decisions: a gate lets it pass."""

from .scorecard import Policy
from .underwriter import underwriter

decide = underwriter("1.0.1", Policy(term_limit=24))
