"""Catalogs without the compiled ones that the program reads."""

from __future__ import annotations

from pathlib import Path

from dockgen.detect.django import detect_django
from dockgen.detect.translations import detect_translations
from dockgen.facts import Dependency, Translations
from dockgen.source import Source

MANAGE = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n"


def found(
    tmp_path: Path, *names: str, files: dict[str, str] | None = None, code: str = "", django: bool = False
) -> Translations | None:
    for name, text in {"app.py": code, **(files or {})}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    if django:
        (tmp_path / "manage.py").write_text(MANAGE)
    source = Source(tmp_path)
    dependencies = tuple(Dependency(name) for name in names)
    return detect_translations(source, dependencies, detect_django(source, dependencies))


DE = "shop/locale/de/LC_MESSAGES/django.po"


def test_django_wants_gettext(tmp_path: Path) -> None:
    translations = found(tmp_path, "django", "babel", django=True, files={DE: ""})
    assert translations is not None
    assert (translations.compiler, translations.folders, translations.domains) == (
        "gettext",
        ("shop/locale",),
        ("django",),
    )
    assert translations.evidence[0].file == DE


def test_what_is_compiled_already_is_left(tmp_path: Path) -> None:
    assert found(tmp_path, "django", django=True, files={DE: "", DE.replace(".po", ".mo"): ""}) is None


def test_babel_compiles_its_own(tmp_path: Path) -> None:
    files = {f"translations/{one}/LC_MESSAGES/messages.po": "" for one in ("de", "fr")}
    translations = found(tmp_path, "flask", "flask-babel", files=files)
    assert translations is not None
    assert (translations.compiler, translations.folders) == ("babel", ("translations",))


def test_somebody_has_to_read_them(tmp_path: Path) -> None:
    po = {"locale/de/LC_MESSAGES/app.po": ""}
    assert found(tmp_path, "flask", files=po) is None
    translations = found(tmp_path, "flask", code="import gettext\n_ = gettext.gettext", files=po)
    assert translations is not None and translations.compiler == "gettext"


def test_docs_and_tests_have_their_own(tmp_path: Path) -> None:
    files = {f"{folder}/locale/de/LC_MESSAGES/x.po": "" for folder in ("docs", "tests")}
    assert found(tmp_path, "django", django=True, files=files) is None
    assert found(tmp_path, "django", django=True, files={"locale/de/other.po": ""}) is None, "not where gettext looks"
