"""A matrix of classes for Streamlit: Python beside matrix.css and matrix.js."""

from app.components.class_matrix.matrix import Cell, Matrix, class_matrix

__all__ = ["Cell", "Matrix", "class_matrix"]
