"""Labelled pictures, as training and evaluation read them.

In go folders of labelled folders, zips of such, or manifests. Out come pictures with their labels
(`reader`), near-duplicates joined into artworks (`duplicates`), a list of what is wrong with them
(`checks`), and parts that never share an artwork (`splits`).
"""
