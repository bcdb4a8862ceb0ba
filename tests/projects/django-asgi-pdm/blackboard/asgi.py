import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "blackboard.settings")
django_application = get_asgi_application()

from notes.routing import websocket_urlpatterns  # noqa: E402  (needs the settings above)

application = ProtocolTypeRouter({"http": django_application, "websocket": URLRouter(websocket_urlpatterns)})
