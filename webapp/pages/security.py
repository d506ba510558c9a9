"""Refuse foreign requests, and add the security headers to every answer."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Request, Response, request
from werkzeug.exceptions import BadRequest, Forbidden
from werkzeug.sansio.utils import host_is_trusted

PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
PICTURE_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"

HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
FOREIGN_HOST = (
    "This app does not answer to that host name. Open it by its own address, such as "
    "http://127.0.0.1:8000, or add the name to TRUSTED_HOSTS."
)
CROSS_SITE = (
    "That request came from another site's page, so it was refused. "
    "Open MonaSieve itself and try again."
)
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


def register_security(app: Flask, trusted_hosts: tuple[str, ...]) -> None:
    """Refuse foreign hosts and cross-site requests before anything is read; add the headers."""

    @app.before_request
    def refuse_foreign_host() -> None:
        # Flask's TRUSTED_HOSTS knows no [::1], and the page of its error cannot be built.
        if not is_trusted(request.headers.get("Host", ""), trusted_hosts):
            raise BadRequest(FOREIGN_HOST)

    @app.before_request
    def refuse_cross_site() -> None:
        guarded = request.path.startswith("/api/") or request.method not in SAFE_METHODS
        if guarded and is_cross_site(request):
            raise Forbidden(CROSS_SITE)

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if response.mimetype in ("text/html", "application/json"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def is_trusted(host: str, trusted_hosts: tuple[str, ...]) -> bool:
    """True if a `Host` header names one of the hosts; the port does not matter."""
    if not host_is_trusted(host):  # without a list, this only checks the characters
        return False
    name = host.lower() if host.endswith("]") else host.lower().rsplit(":", 1)[0]
    return any(
        name == trusted or (trusted.startswith(".") and name.endswith(trusted))
        for trusted in map(str.lower, trusted_hosts)
    )


def is_cross_site(received: Request) -> bool:
    """True if a browser sent this for a page of another origin.

    A client that sends none of the two headers is not a browser and is allowed.
    """
    site = received.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = received.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc != received.headers.get("Host")
