import pathlib

pathlib.Path("ops", "plain.raw").unlink()
pathlib.Path("made-by-hook.txt").write_text("{{ cookiecutter.project_slug }}\n")
