import pytest


@pytest.fixture
def client(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "test")
    monkeypatch.setenv("DATABASE_URL", "sqlite://")
    from inventory import create_app

    return create_app({"TESTING": True, "SQLALCHEMY_ENGINE_OPTIONS": {}}).test_client()


def test_health(client):
    assert client.get("/health").json == {"status": "ok"}
