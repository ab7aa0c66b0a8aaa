"""Work that runs on in processes of its own: what is known of it, as cards and as a thin bar."""
