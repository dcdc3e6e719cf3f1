"""The models page: what the model in use is, from its own card, configuration and training log."""

from typing import Any

from dash import dcc, html

from app import ids
from app.components.parts import aria, box, facts
from app.figures.templates import CONFIG
from app.figures.training import training_figure
from app.services.models import ModelCard

ON_CARD = {"figures", "files"}  # sections of the configuration that the card sets out itself


def layout() -> html.Section:
    """The page, filled when it is opened."""
    return html.Section(html.Div(id=ids.MODELS_BODY), className="page page-models", tabIndex=0, **aria(label="Models"))


def body(card: ModelCard, theme: str) -> list[Any]:
    """Card at the left; configuration, training and hashes at the right."""
    right: list[Any] = []
    for title, rows in _tables(card.config):
        right.append(box(html.H3(title), facts(rows), c="card sec"))
    if card.steps:
        figure = training_figure(card.curves, card.steps, theme)
        graph = dcc.Graph(figure=figure, config=CONFIG, style={"height": 220})
        right.append(box(html.H3("Training"), graph, c="card sec"))
    right.append(
        box(
            html.H3("Weights"),
            *[
                box(html.Div([html.B(name), html.Span(f" · {size / 1e6:.1f} MB", className="sub")]), box(sha, c="hash"))
                for name, size, sha in card.files
            ],
            c="card sec",
        )
    )
    return [
        html.H1(card.name),
        html.P("The model behind every generated figure of this planner.", className="lead"),
        box(
            box(dcc.Markdown(card.text.removeprefix(f"# {card.name}\n"), className="prose", link_target="_blank"), c="card"),
            box(*right, c="stack"),
            c="models",
        ),
    ]


def _tables(config: Any) -> list[tuple[str, list[tuple[str, str]]]]:
    """The configuration's plain values by section; nested sections one level down."""
    plain = [(_label(k), str(v)) for k, v in config.items() if _plain(v)]
    tables = [("Configuration", plain)] if plain else []
    for key, value in config.items():
        if isinstance(value, dict) and key not in ON_CARD:
            rows = [(_label(k), str(v)) for k, v in value.items() if _plain(v)]
            if rows:
                tables.append((_label(key).capitalize(), rows))
    return tables


def _plain(value: Any) -> bool:
    return isinstance(value, int | float | bool) or (isinstance(value, str) and len(value) <= 64)


def _label(key: str) -> str:
    return key.replace("_", " ")
