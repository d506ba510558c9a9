"""The background process: one a lane, it works off the queue that the table of jobs is."""
