"""
Tapes what an `openai` client of this language asks: chat completions, responses and embeddings, plain and streamed, and what the
library builds on them. Needs no import of the library: it works on the client it is given.
"""

from .wrap_client import wrap_openai

__all__ = ["wrap_openai"]
