"""What pages and runner ask for. Every function takes the stores first; none knows Flask."""
