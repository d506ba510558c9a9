"""Labelled pictures, as training and evaluation read them.

In: folders of labelled folders, zips of such folders, or manifests.
Out: pictures with their labels (`reader`), near-duplicates joined into artworks (`duplicates`), a
list of problems (`checks`), and parts that never share an artwork (`splits`).
"""
