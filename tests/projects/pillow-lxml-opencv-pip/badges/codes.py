"""Codes that only this process can make and read."""

from cryptography.fernet import Fernet

_box = Fernet(Fernet.generate_key())


def sign(name):
    return _box.encrypt(name.encode())


def read(token):
    return _box.decrypt(token, ttl=3600).decode()
