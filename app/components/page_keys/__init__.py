"""Keys that work on every page: Python beside page_keys.css and page_keys.js."""

from app.components.page_keys.page_keys import COMMON_KEYS, page_keys

__all__ = ["COMMON_KEYS", "page_keys"]
