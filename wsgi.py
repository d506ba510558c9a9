"""The web app, for a WSGI server: `gunicorn wsgi:app`."""

from webapp import create_app
from webapp.config import Settings

app = create_app(Settings.from_env())
