"""Images to judge one by one, by keys: Python beside plain css and js."""

from app.components.triage_deck.deck import triage_deck

__all__ = ["triage_deck"]
