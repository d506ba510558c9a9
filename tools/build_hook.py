"""Puts templates, static files and wsgi.py into the wheel, where webapp/installation.py finds them.

An editable install gets none of them: it uses those of the checkout, and copies would go stale.
"""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ResourcesHook(BuildHookInterface[Any]):
    """Called by hatchling, as pyproject.toml says."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files to a wheel of `version` "standard"; the other one is "editable"."""
        if version == "standard":
            for name in ("static", "templates", "wsgi.py"):
                build_data["force_include"][name] = f"webapp/resources/{name}"
