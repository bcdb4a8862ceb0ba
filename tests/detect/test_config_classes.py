"""Variables of configuration libraries that describe them by classes and parsers."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.detect.settings import detect_env
from dockgen.source import Source

MINICFG = """
from minicfg import Field, Minicfg, minicfg_prefix

@minicfg_prefix("SHOP")
class Env(Minicfg):
    LEVEL: str = Field(default="info")
    @minicfg_prefix("MAIL")
    class Mail(Minicfg):
        TOKEN: str = Field(attach_file_field=True)
        PORT = Field(name="SMTP_PORT")
    class Plain(Minicfg):
        WAIT: int = Field()
"""
ENVIRON = """
import environ

@environ.config
class Database:
    host = environ.var()
    port = environ.var("5432", converter=int)

@environ.config(prefix="SHOP")
class Config:
    debug = environ.bool_var(default=False)
    key = environ.var(name="SECRET_KEY")
    db = environ.group(Database)
    replica = environ.group(Database, optional=True)
"""
TYPED = """
import typed_settings as ts

@ts.settings
class Mail:
    host: str
    password: str = ts.secret()

@ts.settings
class Settings:
    url: str
    port: int = 8000
    mail: Mail

settings = ts.load(Settings, "my-shop"{more})
"""
CONFIGARGPARSE = """
import configargparse
from yarl import URL

PREFIX = "SHOP_"
DATABASE = "postgresql://localhost/shop"
parser = configargparse.ArgumentParser(auto_env_var_prefix=PREFIX)
parser.add_argument("-d", "--db-url", type=URL, default=URL(DATABASE))
parser.add_argument("--token", env_var="TOKEN", required=True)
parser.add_argument("--quiet", action="store_true")
"""
ARGPARSE = """
import argparse, os
parser = argparse.ArgumentParser()
parser.add_argument("--token", required=not os.getenv("TOKEN"))
parser.add_argument("--url", required="URL" not in os.environ)
parser.add_argument("--more", required=bool(os.getenv("MORE")))
"""


@pytest.mark.parametrize(
    ("code", "required", "optional"),
    [
        (MINICFG, {"SHOP_MAIL_TOKEN", "SHOP_MAIL_SMTP_PORT", "SHOP_WAIT"}, {"SHOP_LEVEL"}),
        (ENVIRON, {"SECRET_KEY", "SHOP_DB_HOST"}, {"SHOP_DEBUG", "SHOP_DB_PORT", "SHOP_REPLICA_HOST", "SHOP_REPLICA_PORT"}),
        (
            TYPED.format(more=""),
            {"MY_SHOP_URL", "MY_SHOP_MAIL_HOST", "MY_SHOP_MAIL_PASSWORD"},
            {"MY_SHOP_PORT"},
        ),
        (
            TYPED.format(more=', config_files=["shop.toml"], env_prefix="S_"'),
            set(),
            {"S_URL", "S_MAIL_HOST", "S_MAIL_PASSWORD", "S_PORT"},
        ),
        (CONFIGARGPARSE, {"TOKEN"}, {"SHOP_DB_URL", "SHOP_QUIET"}),
        (ARGPARSE, {"TOKEN", "URL"}, {"MORE"}),
    ],
)  # fmt: skip
def test_classes_and_parsers(tmp_path: Path, code: str, required: set[str], optional: set[str]) -> None:
    (tmp_path / "config.py").write_text(code)
    found = detect_env(Source(tmp_path), [])
    assert {v.name for v in found if v.required} == required
    assert {v.name for v in found if not v.required} == optional


def test_the_default_of_an_option_is_followed_through_a_call(tmp_path: Path) -> None:
    (tmp_path / "config.py").write_text(CONFIGARGPARSE)
    found = {v.name: v for v in detect_env(Source(tmp_path), [])}
    assert found["SHOP_DB_URL"].default == "postgresql://localhost/shop"
    assert found["SHOP_DB_URL"].service == "postgres"


SETTINGS = """
from pydantic_settings import BaseSettings as _BaseSettings, SettingsConfigDict

class BaseSettings(_BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

class Bot(BaseSettings, env_prefix="BOT_"):
    token: str
    polling: bool = True
"""


def test_a_settings_class_of_the_same_name_as_its_base(tmp_path: Path) -> None:
    (tmp_path / "config.py").write_text(SETTINGS)
    assert {v.name: v.required for v in detect_env(Source(tmp_path), [])} == {"BOT_TOKEN": True, "BOT_POLLING": False}


CLICK = """
import click

@click.command()
@click.option("--token", envvar="TOKEN", required=True)
@click.option("--level", envvar="LEVEL", default="info")
def main(token, level): ...
{more}
"""
TYPER = """
import typer

def main(token: str = typer.Option(..., envvar="TOKEN"), level: str = typer.Option("info", envvar="LEVEL")): ...

typer.run(main)
"""


@pytest.mark.parametrize(
    ("code", "required"),
    [
        (CLICK.format(more=""), True),
        (CLICK.format(more="@click.command()\ndef other(): ...\n"), False),
        (CLICK.format(more="@click.group()\ndef cli(): ...\n"), False),
        (TYPER, True),
    ],
)
def test_an_option_that_a_command_line_has_to_have(tmp_path: Path, code: str, required: bool) -> None:
    (tmp_path / "main.py").write_text(code)
    found = {v.name: v.required for v in detect_env(Source(tmp_path), [])}
    assert found == {"TOKEN": required, "LEVEL": False}


MADE = """
from pydantic_settings import BaseSettings

class Settings(BaseSettings):
    url: str
    secret: str
    session: str

def make():
    secrets = {"secret": read()}
    return Settings(session=read(), **secrets)
"""


def test_what_the_code_gives_a_settings_class_need_not_be_in_the_environment(tmp_path: Path) -> None:
    (tmp_path / "config.py").write_text(MADE)
    found = {v.name: v.required for v in detect_env(Source(tmp_path), [])}
    assert found == {"URL": True, "SECRET": False, "SESSION": False}
