"""A grid of pictures for Streamlit: Python beside grid.css and grid.js."""

from app.components.image_grid.grid import GridLook, Tile, TileSource, grid_message, image_grid

__all__ = ["GridLook", "Tile", "TileSource", "grid_message", "image_grid"]
