"""The window: which share of the images is worth keeping, measured, predicted and said in words."""
