from setuptools import find_packages, setup

setup(
    name="hello-cli",
    version="1.0.0",
    packages=find_packages(),
    install_requires=["click>=8,<9"],
    entry_points={"console_scripts": ["hello-cli=hello_cli.app:main"]},
)
