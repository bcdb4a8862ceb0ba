SECRET_KEY = "x"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "shop.urls"
INSTALLED_APPS = ["shop"]
LANGUAGE_CODE = "de"
USE_I18N = True
WSGI_APPLICATION = "shop.wsgi.application"
