"""Put templates, static files and wsgi.py into the wheel, where webapp/installation.py finds them.

An editable install uses the files of the checkout, because copies would become outdated.
"""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ResourcesHook(BuildHookInterface[Any]):
    """hatchling calls this hook; pyproject.toml names it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files to a wheel of `version` "standard"; the other one is "editable"."""
        if version == "standard":
            for name in ("static", "templates", "wsgi.py"):
                build_data["force_include"][name] = f"webapp/resources/{name}"
