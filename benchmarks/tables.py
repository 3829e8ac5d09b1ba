"""Figures as Markdown."""

from collections.abc import Mapping

import click


def show(table: Mapping[str, Mapping[str, float]], head: str = "") -> None:
    """Print rows by label, all of the same columns, as Markdown; `head` stands over the labels."""
    columns = list(next(iter(table.values())))
    click.echo(f"| {head} | " + " | ".join(columns) + " |")
    click.echo("|---|" + "---|" * len(columns))
    for label, row in table.items():
        click.echo(f"| {label} | " + " | ".join(f"{row[column]:.3f}" for column in columns) + " |")
