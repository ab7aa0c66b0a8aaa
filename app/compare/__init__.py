"""What the compare page draws: places, colours, and what is done with what was picked."""
