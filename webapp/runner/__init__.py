"""The background process. It runs the queued jobs; the table of jobs is the queue."""
