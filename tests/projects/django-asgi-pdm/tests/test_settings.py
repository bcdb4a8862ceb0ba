def test_settings_import():
    from blackboard import settings

    assert settings.ASGI_APPLICATION == "blackboard.asgi.application"
