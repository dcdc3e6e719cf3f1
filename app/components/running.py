"""The card over the map while a plan is generated, and the notice when something went wrong."""

import dash_mantine_components as dmc
from dash import html

from app import ids
from app.components.parts import aria, box, txt
from app.services.plans import Running
from netspatial_core.export.incident import Notice


def over() -> html.Div:
    """Progress and notices, both empty at first."""
    run = html.Section(
        [
            box(
                html.B("Running plan", id=ids.RUN_TITLE),
                txt("", "sub", id=ids.RUN_LEFT),
                box(c="grow"),
                txt("0 %", "num", id=ids.RUN_SHARE),
                dmc.Button("Cancel", id=ids.CANCEL, variant="default", size="compact-xs", n_clicks=0),
                c="row",
            ),
            dmc.Progress(id=ids.RUN_BAR, value=0, size=4, **aria(label="Plan progress")),
            html.Ol(steps(0, 0), id=ids.RUN_STEPS),
        ],
        className="panel runbox",
        **aria(live="polite"),
    )
    return box(run, html.Div(id=ids.NOTICE, role="status"), c="over")


def steps(draws: int, stage: int) -> list[html.Li]:
    """The five steps of a run; the ones before ``stage`` are done."""
    names = ("Imagery", "POIs", "Encoding", f"{draws} draws" if draws != 1 else "1 draw", "Ranking")
    return [html.Li(name, className="done" if i < stage else "now" if i == stage else "") for i, name in enumerate(names)]


def left(running: Running) -> str:
    """How long it will take, as far as one can tell."""
    if running.stopping:
        return ""
    if running.before:
        return f"{running.before} before this one" if running.before > 1 else "one run before this one"
    if running.left_s is None:
        return "preparing"
    return f"about {max(1, round(running.left_s))} s left" if running.left_s < 90 else f"about {running.left_s / 60:.0f} min left"


def notice_card(notice: Notice | None) -> list[html.Section]:
    """What went wrong and what to do; nothing where all is well."""
    if notice is None:
        return []
    close = html.Button("×", id={"type": ids.DISMISS, "incident": notice.incident}, n_clicks=0, **aria(label="Dismiss"))
    return [
        html.Section(
            [
                box(box(html.B(notice.what), html.P(notice.remedy)), close, c="row"),
                txt(f"Incident {notice.incident}, details in the log", "sub"),
            ],
            className="panel notice",
        )
    ]
