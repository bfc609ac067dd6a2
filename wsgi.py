"""The door for application servers: `gunicorn wsgi:app`."""

import os

from portal.app import create_app
from portal.config import Settings
from portal.demo import ACCOUNTS
from portal.logs import mask_libraries
from portal.office import open_office

mask_libraries()
settings = Settings.from_env(os.environ)
app = create_app(open_office(settings), demo_accounts=ACCOUNTS if settings.test else ())
