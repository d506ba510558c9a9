"""Names from outside, made safe to show on pages, as in reports."""

from ml.archive.safe_names import HOSTILE, mask_hostile

__all__ = ["HOSTILE", "mask_hostile"]
