"""Write the Dockerfile, .dockerignore and compose file that a Python project needs."""

__version__ = "0.1.0"
