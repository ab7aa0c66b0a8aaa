"""The window over the order of a score, dragged: Python beside the browser's side of it."""

from app.components.window_brush.edges import edge_pictures, edges_message
from app.components.window_brush.window_brush import KEY, mount_brush, reported_window

__all__ = ["KEY", "edge_pictures", "edges_message", "mount_brush", "reported_window"]
