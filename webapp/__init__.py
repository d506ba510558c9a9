"""The web app: jobs, people and pages around `ml`."""

from __future__ import annotations

from functools import partial

from flask import Flask, request
from flask_compress import Compress
from flask_wtf import CSRFProtect

from ml import __version__
from ml.archive.names import ENCODINGS
from ml.archive.reader import INNER_ZIP
from webapp.config import Settings, read_secret_key
from webapp.installation import RESOURCES
from webapp.pages import (
    api,
    certificate,
    columns,
    copies,
    demo,
    disk,
    downloads,
    folders,
    gallery,
    handover,
    health,
    help,
    home,
    job_list,
    jobs,
    mistakes,
    names,
    pictures,
    presence,
    restore,
    review,
    settings,
    targets,
    trash,
    tus,
    uploads,
    variants,
    verdicts,
)
from webapp.pages.assets import register_assets
from webapp.pages.compression import register_compression
from webapp.pages.context import KEY
from webapp.pages.error_handlers import register_error_handlers
from webapp.pages.filters import register_filters
from webapp.pages.security import register_security
from webapp.pages.streamed_upload import StreamedUploadRequest
from webapp.pages.transfers import register_transfer_caps
from webapp.services.trash import is_disk_short
from webapp.storage import Stores

PAGES = (
    home,
    settings,
    uploads,
    folders,
    demo,
    tus,
    job_list,
    jobs,
    mistakes,
    gallery,
    columns,
    pictures,
    names,
    verdicts,
    review,
    downloads,
    copies,
    handover,
    restore,
    targets,
    help,
    trash,
    disk,
    certificate,
    health,
    presence,
    variants,
    api,
)
"""The modules with a blueprint."""
COMPRESSED = (
    "text/html",
    "text/css",
    "text/javascript",
    "application/json",
    "image/svg+xml",
)
"""Media types that are worth compressing. Pictures and zips are not."""
PARTS_BESIDE_FILES = 100
"""Form fields that may come with the files of an upload."""


class MonaSieve(Flask):
    """Flask, with uploads that are written straight to files of the data folder."""

    request_class = StreamedUploadRequest
    jinja_options = {"trim_blocks": True, "lstrip_blocks": True}  # noqa: RUF012 - Flask's own way


def create_app(config: Settings) -> Flask:
    """Build the web app. It reads no environment variable and loads no model."""
    app = MonaSieve(
        __name__,
        template_folder=str(RESOURCES / "templates"),
        static_folder=None,  # `register_assets` serves it
    )
    app.config.update(
        SECRET_KEY=read_secret_key(config.data_dir),
        SESSION_COOKIE_NAME="monasieve",
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=config.max_upload_bytes,
        MAX_FORM_PARTS=config.max_members + PARTS_BESIDE_FILES,
        COMPRESS_MIMETYPES=COMPRESSED,
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_ALGORITHM_STREAMING=["br", "gzip"],  # static files
        WTF_CSRF_TIME_LIMIT=None,  # a page left open over night still works in the morning
    )
    app.jinja_env.globals["version"] = __version__
    app.jinja_env.globals["ENCODINGS"] = ENCODINGS
    app.jinja_env.globals["INNER_ZIP"] = INNER_ZIP
    stores = app.extensions[KEY] = Stores.open(config)
    app.jinja_env.globals["is_disk_short"] = partial(is_disk_short, stores)
    register_security(app, config.trusted_hosts)  # before CSRFProtect, which reads the body
    register_transfer_caps(app)  # the same
    app.before_request(uploads.refuse_large_look)  # the same
    csrf = CSRFProtect(app)
    for exempt in (api.bp, tus.bp):  # `register_security` checks the origin of a request instead
        csrf.exempt(exempt)
    for module in PAGES:
        app.register_blueprint(module.bp)
    register_assets(app, RESOURCES / "static")
    Compress(app)
    register_error_handlers(app)
    register_compression(app)
    register_filters(app)
    app.teardown_request(delete_unclaimed_uploads)
    return app


def delete_unclaimed_uploads(_error: BaseException | None) -> None:
    """Delete uploaded files that no job claimed."""
    if isinstance(request, StreamedUploadRequest):
        request.delete_unclaimed()
