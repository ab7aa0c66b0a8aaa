"""Where the rooms meet, one verb a file; decides what is saved."""
