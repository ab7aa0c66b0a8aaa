"""What the triage page shows: queues, cards, opinions, and the message that carries them to the browser."""
