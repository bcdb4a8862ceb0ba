"""Web servers in front: nginx for static files that nobody serves, Caddy where it is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from dockgen.cli.reading import read_project
from dockgen.plans import Plan, System
from dockgen.rendering import render
from dockgen.rendering.quoting import Unquotable, url_path

SETTINGS = """from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "x"
INSTALLED_APPS = ["django.contrib.admin", "django.contrib.auth", "django.contrib.staticfiles"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
ROOT_URLCONF = "site_.urls"
WSGI_APPLICATION = "site_.wsgi.application"
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "collected"
"""
DJANGO = {
    "requirements.txt": "Django==5.2.8\ngunicorn==23.0.0\n",
    "manage.py": 'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_.settings")\n',
    "site_/__init__.py": "",
    "site_/settings.py": SETTINGS,
    "site_/urls.py": "urlpatterns = []\n",
    "site_/wsgi.py": 'import os\nfrom django.core.wsgi import get_wsgi_application\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_.settings")\napplication = get_wsgi_application()\n',
}
WEB = {
    "requirements.txt": "flask==3.1.2\ngunicorn==23.0.0\n",
    "app.py": "import flask\n\napp = flask.Flask(__name__)\n",
}


def decided(root: Path, files: dict[str, str], **answers: Any) -> Plan | System:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    _, plan = read_project(root, answers).decide()
    assert not plan.questions, plan.questions
    return plan


def single(root: Path, files: dict[str, str], **answers: Any) -> Plan:
    plan = decided(root, files, **answers)
    assert isinstance(plan, Plan)
    return plan


def settings(*lines: str, without: str = "") -> dict[str, str]:
    kept = "".join(line for line in SETTINGS.splitlines(True) if not without or without not in line)
    return DJANGO | {"site_/settings.py": kept + "".join(f"{line}\n" for line in lines)}


# ---- nginx


def test_what_nobody_serves_nginx_does(tmp_path: Path) -> None:
    plan = single(tmp_path, DJANGO)
    assert plan.front is not None and plan.front.static == ("/static/", "collected")
    files = render(plan)
    assert "location /static/ {" in files["nginx.docker.conf"]
    assert "COPY --link --from=assets /app/collected /srv/static" in files["Dockerfile"]
    assert files["Dockerfile"].endswith("# What is built without --target.\nFROM runtime\n")
    services = yaml.safe_load(files["compose.yaml"])["services"]
    assert services["nginx"]["ports"] == ["127.0.0.1:8000:8000"] and "ports" not in services["web"]
    assert services["nginx"]["read_only"] and services["nginx"]["cap_drop"] == ["ALL"]
    [decision] = [d for d in plan.decisions if d.answer == "gateway"]
    assert decision.value == "nginx" and decision.evidence[0].file == "site_/settings.py"


@pytest.mark.parametrize(
    "files",
    [
        DJANGO | {"requirements.txt": "Django==5.2.8\ngunicorn==23.0.0\nwhitenoise==6.9.0\n"},
        settings('MIDDLEWARE = ["whitenoise.middleware.WhiteNoiseMiddleware"]'),
        settings('STATICFILES_STORAGE = "storages.backends.s3boto3.S3StaticStorage"'),
        settings('STORAGES = {"staticfiles": {"BACKEND": "storages.backends.s3.S3Storage"}}'),
        settings('STATIC_URL = "https://cdn.example.com/static/"'),
        DJANGO | {"site_/wsgi.py": DJANGO["site_/wsgi.py"] + "from dj_static import Cling\napplication = Cling(application)\n"},
        DJANGO
        | {
            "site_/urls.py": "from django.conf import settings\nfrom django.urls import re_path\n"
            "from django.views.static import serve\n"
            'urlpatterns = [re_path("^static/(?P<path>.*)$", serve, {"document_root": settings.STATIC_ROOT})]\n'
        },
        settings(without="contrib.admin"),
    ],
    ids=["whitenoise", "middleware", "old storage", "storages", "cdn", "dj-static", "view", "no staticfiles"],
)  # fmt: skip
def test_what_is_served_needs_no_nginx(files: dict[str, str], tmp_path: Path) -> None:
    plan = single(tmp_path, files)
    assert plan.front is None and "nginx.docker.conf" not in plan.files


def test_a_storage_that_hashes_names_serves_nothing(tmp_path: Path) -> None:
    backend = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    plan = single(tmp_path, settings(f'STORAGES = {{"staticfiles": {{"BACKEND": "{backend}"}}}}'))
    assert plan.front is not None


def test_it_can_be_left_out(tmp_path: Path) -> None:
    plan = single(tmp_path, DJANGO, without=["gateway"])
    assert plan.front is None and plan.published(plan.main)
    assert [d.value for d in plan.decisions if d.answer == "gateway"] == ["none"]


def test_without_a_static_root_it_is_told(tmp_path: Path) -> None:
    plan = single(tmp_path, settings(without="STATIC_ROOT"))
    assert plan.front is None
    assert any("the admin's CSS among them" in warning.message for warning in plan.warnings)


def test_uploaded_files_come_from_their_volume(tmp_path: Path) -> None:
    plan = single(tmp_path, settings('MEDIA_URL = "/uploads/"', 'MEDIA_ROOT = BASE_DIR / "uploads"'))
    assert plan.front is not None and plan.front.media == ("/uploads/", "uploads", "/app/uploads")
    files = render(plan)
    assert "location /uploads/ {" in files["nginx.docker.conf"]
    assert yaml.safe_load(files["compose.yaml"])["services"]["nginx"]["volumes"] == ["uploads:/srv/media:ro"]


@pytest.mark.parametrize("url", ["/static/; }", "/st atic/", "/static", "//evil/", "/a{b}/"])
def test_a_path_that_a_configuration_cannot_carry_is_refused(url: str) -> None:
    with pytest.raises(Unquotable):
        url_path(url)


def test_a_url_with_signs_is_not_written(tmp_path: Path) -> None:
    assert single(tmp_path, settings('STATIC_URL = "/static/; return 200; /"')).front is None


def test_who_stands_in_front_is_believed(tmp_path: Path) -> None:
    def environment(plan: Plan) -> dict[str, str]:
        assert plan.compose is not None
        return dict(plan.compose.environment)

    assert environment(single(tmp_path / "a", DJANGO))["FORWARDED_ALLOW_IPS"] == "*"
    assert "FORWARDED_ALLOW_IPS" not in environment(single(tmp_path / "b", DJANGO, trusted_proxy="10.0.0.0/8"))
    assert "FORWARDED_ALLOW_IPS" not in environment(single(tmp_path / "c", WEB))


# ---- Caddy


def test_caddy_in_front_of_one(tmp_path: Path) -> None:
    files = render(single(tmp_path, WEB, **{"with": ["gateway"]}))
    assert "reverse_proxy web:8000" in files["Caddyfile"]
    services = yaml.safe_load(files["compose.yaml"])["services"]
    assert "ports" not in services["web"] and services["gateway"]["cap_add"] == ["NET_BIND_SERVICE"]
    assert "Caddyfile\n" in files[".dockerignore"]


def test_caddy_leads_to_nginx_where_that_serves_static_files(tmp_path: Path) -> None:
    files = render(single(tmp_path, DJANGO, **{"with": ["gateway"]}))
    assert "reverse_proxy nginx:8000" in files["Caddyfile"]
    assert "ports" not in yaml.safe_load(files["compose.yaml"])["services"]["nginx"]
    assert "$http_x_forwarded_proto" in files["nginx.docker.conf"]


def test_each_further_application_has_a_host_name(tmp_path: Path) -> None:
    files = {f"services/{app}/{name}": text for app in ("api", "site") for name, text in WEB.items()}
    made = render(decided(tmp_path, files, **{"with": ["gateway"]}))
    first, second = made["Caddyfile"].split("{$SITE_SCHEME:http}://")[1:]
    assert first.startswith("{$SITE_DOMAIN:localhost}, http://127.0.0.1 {") and "site:8000" in first
    assert second.startswith("api.{$SITE_DOMAIN:localhost} {") and "api:8000" in second
    assert made["compose.yaml"].count("  gateway:\n") == 1


def test_a_program_without_a_port_has_no_gateway(tmp_path: Path) -> None:
    files = {"requirements.txt": "rich==14.0.0\n", "main.py": 'if __name__ == "__main__":\n    print()\n'}
    plan = single(tmp_path, files, **{"with": ["gateway"]})
    assert plan.gateway is None and any("--with gateway" in warning.message for warning in plan.warnings)


def test_one_of_several_applications_has_nginx(tmp_path: Path) -> None:
    media = settings('MEDIA_URL = "media/"', 'MEDIA_ROOT = BASE_DIR / "media"')
    files = {f"services/shop/{name}": text for name, text in media.items()}
    files |= {f"services/api/{name}": text for name, text in WEB.items()}
    made = render(decided(tmp_path, files))
    assert "http://shop:8000;" in made["services/shop/nginx.docker.conf"]
    services = yaml.safe_load(made["compose.yaml"])["services"]
    assert set(services) == {"shop", "api", "shop-nginx"}
    nginx = services["shop-nginx"]
    assert nginx["build"] == {"context": "services/shop", "target": "static"}
    assert nginx["volumes"] == ["shop-media:/srv/media:ro"] and nginx["ports"][0].endswith(":8000")
    assert "ports" not in services["shop"] and services["api"]["ports"] != nginx["ports"]
