"""Many points to look at and pick from, for Streamlit: Python beside scatter.css and the scripts."""

from app.components.scatter.scatter import (
    Axes,
    Card,
    Cloud,
    Legend,
    Look,
    picked_rows,
    scatter,
    scatter_message,
)

__all__ = ["Axes", "Card", "Cloud", "Legend", "Look", "picked_rows", "scatter", "scatter_message"]
