"""The Browse page's rooms: what is sent of a run, one example in full, the address, saved views."""
