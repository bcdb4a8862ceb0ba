from starlette.testclient import TestClient

from lanterns.app import harbour


def test_light():
    assert TestClient(harbour).get("/lights/fairway").json()["colour"] == "white"
