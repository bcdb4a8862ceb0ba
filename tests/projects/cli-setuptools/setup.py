import re
from pathlib import Path

from setuptools import setup

HERE = Path(__file__).parent
version = re.search(r'__version__ = "(.+)"', (HERE / "paydays" / "__init__.py").read_text())[1]

setup(version=version, long_description=(HERE / "README.rst").read_text())
