"""Which hosts Django's settings allow, whether they send every request to https, whether DEBUG is on."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.detect.django import detect_django
from dockgen.facts import Django, Evidence
from dockgen.source import Source


def django(tmp_path: Path, settings: str) -> Django:
    (tmp_path / "p").mkdir()
    (tmp_path / "manage.py").write_text("import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'p.settings')\n")
    (tmp_path / "p" / "settings.py").write_text("import os\nimport environ\nenv = environ.Env()\n" + settings)
    found = detect_django(Source(tmp_path), ())
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("settings", "hosts", "host", "variable"),
    [
        ("ALLOWED_HOSTS = ['a.com', '.b.com']", ("a.com", ".b.com"), "a.com", ""),
        ("ALLOWED_HOSTS = []", (), "", ""),
        ("ALLOWED_HOSTS = ['a.com', os.environ['HOST']]", None, "a.com", "HOST"),
        ("ALLOWED_HOSTS = [os.environ['HOST']] + ['b.com']", None, "b.com", "HOST"),
        ("ALLOWED_HOSTS = env.list('HOSTS', default=['x.com'])", None, "", "HOSTS"),
        ("ALLOWED_HOSTS = os.getenv('HOSTS', '').split(',')", None, "", "HOSTS"),
        ("HOSTS = os.getenv('H')\nALLOWED_HOSTS = HOSTS.split(',')", None, "", "H"),
        ("if v := os.getenv('H'):\n    ALLOWED_HOSTS = v.split(',')\nelse:\n    ALLOWED_HOSTS = [domain]", None, "", "H"),
        ("ALLOWED_HOSTS = [os.environ['A'], os.environ['B']]", None, "", ""),
        ("ALLOWED_HOSTS = compute()", None, "", ""),
    ],
)  # fmt: skip
def test_hosts(tmp_path: Path, settings: str, hosts: tuple[str, ...] | None, host: str, variable: str) -> None:
    found = django(tmp_path, settings)
    assert (found.allowed_hosts, found.host, found.hosts_variable) == (hosts, host, variable)


@pytest.mark.parametrize(
    ("settings", "https"),
    [
        ("SECURE_SSL_REDIRECT = True", True),
        ("SECURE_SSL_REDIRECT = env.bool('SSL', default=True)", True),
        ("SECURE_SSL_REDIRECT = env.bool('SSL', default=False)", False),
        ("DEBUG = True\nif not DEBUG:\n    SECURE_SSL_REDIRECT = True", False),
        ("DEBUG = False\nif not DEBUG:\n    SECURE_SSL_REDIRECT = True", True),
        ("", False),
    ],
)
def test_https(tmp_path: Path, settings: str, https: bool) -> None:
    assert django(tmp_path, settings).https_only is https


@pytest.mark.parametrize(
    ("settings", "on", "variable"),
    [
        ("DEBUG = True", True, ""),
        ("DEBUG = False", False, ""),
        ("DEBUG = True\nDEBUG = False", False, ""),
        ("DEBUG = env.bool('DEBUG', True)", True, "DEBUG"),
        ("DEBUG = env.bool('DEBUG', default=False)", False, "DEBUG"),
        ("DEBUG = os.environ.get('D', 'True') == 'True'", True, "D"),
        ("DEBUG = os.environ.get('D') == '1'", False, "D"),
        ("DEBUG = os.environ['D'] == '1'", False, "D"),
        ("if 'PROD' not in os.environ:\n    DEBUG = True", True, ""),
        ("if host() == 'mine':\n    DEBUG = True", False, ""),
        ("", False, ""),
    ],
)
def test_debug(tmp_path: Path, settings: str, on: bool, variable: str) -> None:
    found = django(tmp_path, settings)
    line = 3 + 1 + settings.count("\n")
    assert (found.debug, found.debug_variable) == (Evidence("p/settings.py", line, "DEBUG") if on else None, variable)


def test_settings_in_pieces(tmp_path: Path) -> None:
    files = {
        "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'p.settings')\n",
        "p/settings/__init__.py": "from split_settings.tools import include, optional\n"
        "include('base.py', 'parts/*.py', optional('local.py'))\n",
        "p/settings/base.py": "STATIC_URL = '/s/'\n",
        "p/settings/parts/db.py": "DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql'}}\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = detect_django(Source(tmp_path), ())
    assert found is not None
    assert (found.engine, found.static_url) == ("django.db.backends.postgresql", "/s/")
