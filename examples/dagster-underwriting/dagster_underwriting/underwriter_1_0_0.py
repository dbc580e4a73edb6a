"""The version in production."""

from .underwriter import underwriter

decide = underwriter("1.0.0")
