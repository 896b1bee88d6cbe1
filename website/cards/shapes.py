"""The shapes of states as the pages draw them: their SVG elements, flattened to lines that Pillow can draw."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import acos, ceil, cos, hypot, pi, radians, sin, sqrt

from PIL import Image, ImageDraw

from common.templatetags.components import shape_drawing

BOX = 16  # units of the drawings
STROKE = 2.2  # units, as static/css/components/badge.css draws them
FINER = 4  # times, so that edges are smooth once it is made smaller
STEPS = 24  # lines of a curve
ELEMENT = re.compile(r"<(path|circle)([^>]*)/>")
ATTRIBUTE = re.compile(r'([a-z]+)="([^"]*)"')
NUMBERS = re.compile(r"[MLHVCAZmlhvcaz]|-?(?:\d+\.\d+|\d+|\.\d+)")
TAKEN = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "A": 7}

Point = tuple[float, float]


@dataclass(frozen=True)
class Outline:
    """Points in units of the drawing; `is_solid` is filled, anything else is a stroke."""

    points: tuple[Point, ...]
    is_closed: bool
    is_solid: bool


def draw_shape(name: str, size: int, colour: str) -> Image.Image:
    """The shape in so many px, on nothing."""
    scale = size * FINER / BOX
    mask = Image.new("L", (size * FINER, size * FINER), 0)
    pencil = ImageDraw.Draw(mask)
    for outline in outlines_of(name):
        points = [(x * scale, y * scale) for x, y in outline.points]
        if outline.is_solid:
            pencil.polygon(points, fill=255)
        else:
            _stroke(pencil, points, STROKE * scale, is_closed=outline.is_closed)
    picture = Image.new("RGBA", (size, size), colour)
    picture.putalpha(mask.resize((size, size), Image.Resampling.LANCZOS))
    return picture


def _stroke(pencil: ImageDraw.ImageDraw, points: list[Point], width: float, *, is_closed: bool) -> None:
    """Joints are round, ends of an open line are cut off, as in the pages."""
    line = [*points, points[0]] if is_closed else points
    pencil.line(line, fill=255, width=round(width))
    radius = width / 2
    for x, y in points if is_closed else points[1:-1]:
        pencil.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)


@cache
def outlines_of(name: str) -> tuple[Outline, ...]:
    """Raises ValueError for what is neither a circle nor a path of the commands known here."""
    drawing = str(shape_drawing(name=name))
    elements = ELEMENT.findall(drawing)
    if not elements or ELEMENT.sub("", drawing).strip():
        raise ValueError(f"{name}: {drawing}")
    return tuple(outline for element, attributes in elements for outline in _outlines(element, attributes))


def _outlines(element: str, attributes: str) -> Iterator[Outline]:
    given = dict(ATTRIBUTE.findall(attributes))
    is_solid = given.get("class") == "solid"
    if element == "circle":
        x, y, radius = (float(given[key]) for key in ("cx", "cy", "r"))
        turns = (2 * pi * step / (2 * STEPS) for step in range(2 * STEPS))
        yield Outline(tuple((x + radius * cos(turn), y + radius * sin(turn)) for turn in turns), True, is_solid)
        return
    for points, is_closed in _subpaths(given["d"]):
        yield Outline(tuple(points), is_closed, is_solid)


def _subpaths(d: str) -> Iterator[tuple[list[Point], bool]]:
    points: list[Point] = []
    for command, numbers in _commands(d):
        if command.upper() == "M":
            if points:
                yield points, False
            points = [_end(command, numbers, points[-1] if points else (0.0, 0.0))]
        elif command.upper() == "Z":
            yield points, True
            points = []
        else:
            points += _drawn(command, numbers, points[-1])
    if points:
        yield points, False


def _commands(d: str) -> Iterator[tuple[str, list[float]]]:
    """Each command with its numbers; numbers that go on after one repeat it, those after a move are lines."""
    command = ""
    numbers: list[float] = []
    for token in NUMBERS.findall(d):
        if token.isalpha():
            command, numbers = token, []
            if token.upper() == "Z":
                yield token, []
            continue
        numbers.append(float(token))
        if len(numbers) == TAKEN[command.upper()]:
            yield command, numbers
            numbers = []
            command = {"M": "L", "m": "l"}.get(command, command)


def _end(command: str, numbers: list[float], at: Point) -> Point:
    x, y = numbers[-2:]
    return (at[0] + x, at[1] + y) if command.islower() else (x, y)


def _drawn(command: str, numbers: list[float], at: Point) -> list[Point]:
    """The points that a command adds."""
    is_relative = command.islower()
    match command.upper():
        case "L":
            return [_end(command, numbers, at)]
        case "H":
            return [(numbers[0] + (at[0] if is_relative else 0), at[1])]
        case "V":
            return [(at[0], numbers[0] + (at[1] if is_relative else 0))]
        case "C":
            ends = [_end(command, numbers[i : i + 2], at) for i in (0, 2, 4)]
            return [_on_curve((at, *ends), step / STEPS) for step in range(1, STEPS + 1)]
        case "A":
            return _arc(at, _end(command, numbers, at), *numbers[:5])
    raise ValueError(command)


def _on_curve(points: tuple[Point, ...], t: float) -> Point:
    weights = ((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3)
    x, y = (sum(w * point[axis] for w, point in zip(weights, points, strict=True)) for axis in (0, 1))
    return x, y


def _arc(start: Point, end: Point, rx: float, ry: float, turned: float, is_large: float, sweeps: float) -> list[Point]:
    """From the two ends to the centre, as SVG 1.1 says in F.6.5."""
    phi = radians(turned)
    dx, dy = (start[0] - end[0]) / 2, (start[1] - end[1]) / 2
    x, y = cos(phi) * dx + sin(phi) * dy, -sin(phi) * dx + cos(phi) * dy
    grown = max(1.0, sqrt((x / rx) ** 2 + (y / ry) ** 2))
    rx, ry = rx * grown, ry * grown
    square = max(0.0, (rx * ry) ** 2 - (rx * y) ** 2 - (ry * x) ** 2) / ((rx * y) ** 2 + (ry * x) ** 2)
    factor = sqrt(square) * (-1 if bool(is_large) == bool(sweeps) else 1)
    cx, cy = factor * rx * y / ry, -factor * ry * x / rx
    first = _angle(1, 0, (x - cx) / rx, (y - cy) / ry)
    turn = _angle((x - cx) / rx, (y - cy) / ry, (-x - cx) / rx, (-y - cy) / ry) % (2 * pi)
    turn -= 0 if sweeps else 2 * pi
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    steps = max(1, ceil(abs(turn) / (2 * pi) * 2 * STEPS))
    points = []
    for step in range(1, steps + 1):
        angle = first + turn * step / steps
        u, v = cx + rx * cos(angle), cy + ry * sin(angle)
        points.append((cos(phi) * u - sin(phi) * v + middle[0], sin(phi) * u + cos(phi) * v + middle[1]))
    return points


def _angle(ux: float, uy: float, vx: float, vy: float) -> float:
    cosine = (ux * vx + uy * vy) / (hypot(ux, uy) * hypot(vx, vy))
    angle = acos(max(-1.0, min(1.0, cosine)))
    return -angle if ux * vy - uy * vx < 0 else angle
