"""The pages and the JSON API: one blueprint a file. A view translates HTTP and nothing else."""
