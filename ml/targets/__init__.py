"""Target folders on disk.

In: folders with `card.json` and `head.npz`, beside them the folder of their backbone.
Out: `Target` values that are ready to score with, and a reason for each unusable entry.
"""
