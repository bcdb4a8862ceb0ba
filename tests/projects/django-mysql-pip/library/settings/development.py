import os

os.environ.setdefault("DJANGO_SECRET_KEY", "development")
os.environ.setdefault("MYSQL_PASSWORD", "library")

from library.settings.base import *  # noqa: E402,F403

DEBUG = True
