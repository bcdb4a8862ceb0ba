"""Greets who is named."""

import click


@click.command()
@click.option("--name", default="world")
def main(name: str) -> None:
    click.echo(f"Welcome to the command line, {name}")
