from digester.celery import app

__all__ = ["app"]
