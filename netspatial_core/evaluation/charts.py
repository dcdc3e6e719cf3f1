"""Charts of a comparison as PNG files: colours that colour-blind readers can tell apart, line styles besides, sources below."""

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netspatial_core.evaluation.measured import Sample
from netspatial_core.evaluation.traits import Daily, Vector, Weekly, daily, weekly

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Style = tuple[str, str, float]

NAMES = ("shape.png", "level.png", "residual.png")
# Okabe and Ito's palette (jfly.uni-koeln.de/color, 2008) with a line style each
STYLES = (("#D55E00", "-", 2.2), ("#0072B2", "--", 1.5), ("#009E73", ":", 1.9), ("#444444", "-.", 1.3))
DPI = 100
WIDTH_IN, HEIGHT_IN = 9.0, 3.7


@dataclass(frozen=True)
class Charts:
    """What the charts show.

    Attributes:
        days: Daily cuts by sample, in the order of the styles.
        weeks: Weekly cut by sample, of those that have one.
        milan: The sample whose band would hide the others'.
        sources: The line below each chart.
    """

    days: Mapping[str, Sequence[Daily]]
    weeks: Mapping[str, Weekly]
    milan: str
    sources: str

    @classmethod
    def of(cls, synthetic: Sample, cities: Sequence[Sample], milan: Sample) -> "Charts":
        """Cut the samples."""
        samples = (synthetic, *cities, milan)
        return cls(
            {sample.name: daily(sample) for sample in samples},
            {sample.name: weekly(sample)[0] for sample in (synthetic, milan)},
            milan.name,
            "; ".join(f"{sample.name}: {sample.source}" for sample in samples),
        )

    def draw(self, name: str, path: Path) -> None:
        """Write the chart of that name of ``NAMES``."""
        panels = {
            "shape.png": (self._profiles, self._peaks),
            "level.png": (self._levels, self._weekends),
            "residual.png": (self._daily_memory, self._weekly_memory),
        }
        _save(path, panels[name], self.sources)

    def _style(self, name: str) -> Style:
        return STYLES[list(self.days).index(name)]

    def _profiles(self, axes: "Axes") -> None:
        hours = np.arange(24) + 0.5
        for name, cuts in self.days.items():
            low, middle, high = np.mean([np.quantile(cut.profile, [0.1, 0.5, 0.9], axis=0) for cut in cuts], axis=0)
            _plot(axes, hours, middle, name, self._style(name))
            if name != self.milan:
                axes.fill_between(hours, low, high, color=self._style(name)[0], alpha=0.14, linewidth=0)
        _label(axes, "Mean day: median place, 10 to 90 % shaded", "hour of the day (h)", "load / mean (1)")

    def _peaks(self, axes: "Axes") -> None:
        for name, cuts in self.days.items():
            hours = np.concatenate([cut.peak for cut in cuts])
            share = np.bincount(hours, minlength=24) / len(hours)
            _plot(axes, np.arange(24) + 0.5, 100 * share, name, self._style(name), steps=True)
        _label(axes, "Peak hour of the mean day", "hour of the day (h)", "places (%)")

    def _levels(self, axes: "Axes") -> None:
        for name, cuts in self.days.items():
            _cumulative(axes, cuts[0].level / np.log(10), name, self._style(name))
        _label(axes, "Level of places within their city", "log10 of mean load / median place (1)", "places below (%)")

    def _weekends(self, axes: "Axes") -> None:
        for name, cut in self.weeks.items():
            _cumulative(axes, cut.weekend, name, self._style(name))
        _label(axes, "Weekend", "weekend / weekday load (1)", "places below (%)")

    def _daily_memory(self, axes: "Axes") -> None:
        for name, cuts in self.days.items():
            acf = np.mean([np.median(cut.residual.acf, axis=0) for cut in cuts], axis=0)
            _plot(axes, np.arange(len(acf)), acf, name, self._style(name))
        _label(axes, "After the daily template, 8 days", "lag (h)", "autocorrelation, median place (1)")

    def _weekly_memory(self, axes: "Axes") -> None:
        for name, cut in self.weeks.items():
            acf = np.median(cut.residual.acf, axis=0)
            _plot(axes, np.arange(len(acf)), acf, name, self._style(name))
        _label(axes, "After the weekly template, 28 days", "lag (h)", "autocorrelation, median place (1)")


def _plot(axes: "Axes", x: NDArray[Any], y: Vector, name: str, style: Style, *, steps: bool = False) -> None:
    colour, dashes, width = style
    drawing = "steps-mid" if steps else "default"
    axes.plot(x, y, label=name, color=colour, linestyle=dashes, linewidth=width, drawstyle=drawing)


def _cumulative(axes: "Axes", values: Vector, name: str, style: Style) -> None:
    _plot(axes, np.sort(values), 100 * (np.arange(len(values)) + 0.5) / len(values), name, style)


def _label(axes: "Axes", title: str, x: str, y: str) -> None:
    axes.set_title(title, fontsize=10, loc="left")
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(alpha=0.25)
    axes.legend(frameon=False, fontsize=8)
    if "(h)" in x:
        axes.set_xticks(np.arange(0, axes.get_xlim()[1], 6))


def _save(path: Path, panels: Sequence[Callable[["Axes"], None]], sources: str) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    for panel, axes in zip(panels, figure.subplots(1, len(panels)), strict=True):
        panel(axes)
    figure.supxlabel("\n".join(textwrap.wrap(sources, 165)), fontsize=6.5, color="#444444", x=0.01, ha="left")
    figure.savefig(path, metadata={"Software": "netspatial", "Description": sources})
