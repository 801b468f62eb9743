"""How every chart of ours looks: type, colours that colour-blind readers tell apart, quiet axes."""

from typing import Any

FONT = "Arial, Liberation Sans, Helvetica, sans-serif"
INK, SOFT, PALE = "#222222", "#555555", "#bbbbbb"

# Okabe and Ito's palette
BLUE, VERMILION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
ORANGE, SKY = "#E69F00", "#56B4E9"

VALUE = {"align": "left", "fontSize": 10, "color": "#444444"}  # a number beside its mark

CONFIG: dict[str, Any] = {
    "font": FONT,
    "background": "white",
    "view": {"stroke": "#dddddd"},
    "axis": {
        **{"domain": False, "gridColor": "#ececec", "tickColor": "#cccccc", "tickSize": 4},
        **{"labelColor": "#333333", "labelFontSize": 11, "labelLimit": 280},
        **{"titleColor": "#333333", "titleFontSize": 11, "titleFontWeight": "normal"},
    },
    "legend": {
        **{"orient": "right", "labelFontSize": 11, "titleFontSize": 11, "symbolSize": 60},
        **{"titleFontWeight": "normal", "symbolStrokeWidth": 1.6},
    },
    "title": {
        "anchor": "start",
        "frame": "group",
        "fontSize": 13,
        "color": INK,
        "subtitleColor": SOFT,
    },
}
