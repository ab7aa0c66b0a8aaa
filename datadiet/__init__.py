"""Audit image-classification data sets: wrong labels, odd images, and what can be left out."""
