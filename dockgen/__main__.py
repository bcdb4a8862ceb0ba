"""python -m dockgen"""

from dockgen.cli import run

run()
