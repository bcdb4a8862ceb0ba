from rates.web import application

__all__ = ["application"]
