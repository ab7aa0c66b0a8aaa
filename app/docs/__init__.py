"""The manual inside the dashboard: what each score means, words, keys."""
