"""Archives: read a zip that may be hostile, and write zips.

In: a file that a user handed over, or a folder, or loose pictures; and limits.
Out: a list of members, each with the reason if it is not scored; the bytes of one member;
a zip of chosen members with their own bytes, names and times.
Nothing is extracted to disk, and no archive takes more memory than its limits allow.
"""
