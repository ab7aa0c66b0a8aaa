"""A few captioned pictures in rows: Python beside picture_strip.css and picture_strip.js."""

from app.components.picture_strip.picture_strip import Captioned, picture_strip, strip_message

__all__ = ["Captioned", "picture_strip", "strip_message"]
