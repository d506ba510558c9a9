"""The work behind pages and runner. Every function takes the stores first; none knows Flask."""
