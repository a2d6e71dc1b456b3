"""A Max patch: boxes, cords between them, and Live's parameters, as the JSON that Max reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from max_for_live.container import BUILT_S, Kind

Json = bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]
Rect = tuple[int, int, int, int]  # left, top, width, height
HEIGHT = 169  # pixels that Live shows of a device; what lies below is cut off


class Stored(IntEnum):
    """What Live does with a parameter."""

    AUTOMATED = 0
    ONLY = 1
    HIDDEN = 2


@dataclass(frozen=True)
class Parameter:
    """What Live knows of a control.

    Args:
        long: its name for ever: sets refer to it.
        short: what is shown.
        type: 0 float, 2 enum, 3 blob, 4 file. Whole numbers have only 256 values in Live, so none is 1.
        info: what Live's info view says.
        units: how a number is shown: 0 whole, 1 with decimals, 5 per cent.
    """

    long: str
    short: str
    type: int
    info: str = ""
    low: float = 0.0
    high: float = 1.0
    initial: float | None = None
    units: int = 1
    words: tuple[str, ...] = ()
    stored: Stored = Stored.AUTOMATED

    def json(self, order: int) -> dict[str, Json]:
        """As the box has it. `order` is its place in lists and on controllers."""
        found: dict[str, Json] = {
            "parameter_longname": self.long,
            "parameter_shortname": self.short,
            "parameter_type": self.type,
            "parameter_invisible": int(self.stored),
            "parameter_order": order,
            "parameter_modmode": 0,
            "parameter_annotation_name": self.long,
            "parameter_info": self.info,
        }
        if self.type == 0:
            found |= {"parameter_mmin": self.low, "parameter_mmax": self.high, "parameter_unitstyle": self.units}
        if self.words:
            found |= {"parameter_enum": list(self.words), "parameter_mmax": len(self.words) - 1}
        if self.initial is not None:
            found |= {"parameter_initial": [self.initial], "parameter_initial_enable": 1}
        return found


@dataclass(frozen=True)
class Box:
    """An object of the patch.

    Args:
        name: in the file, and for scripting.
        kind: the object's name, with its arguments if it is one that is typed: "udpsend 127.0.0.1 9510".
        outlets: the type of each; "" is any.
        rect: where it is on the device; None is not shown.
        more: other attributes.
    """

    name: str
    kind: str
    inlets: int
    outlets: tuple[str, ...] = ()
    rect: Rect | None = None
    parameter: Parameter | None = None
    typed: bool = True  # in a box of text, and not an object with a look of its own
    more: Mapping[str, Json] = field(default_factory=dict)

    def json(self, index: int, order: int) -> dict[str, Json]:
        """As the file has it.

        Args:
            index: its place in the patch, for people who open it.
            order: its parameter's place, for people who automate it.
        """
        found: dict[str, Json] = {
            "id": self.name,
            "varname": self.name,
            "maxclass": "newobj" if self.typed else self.kind,
            "numinlets": self.inlets,
            "numoutlets": len(self.outlets),
            "patching_rect": [30 + index % 5 * 240, 30 + index // 5 * 60, 220, 22],
        }
        found |= {"fontname": "Arial", "fontsize": 10.0, **self.more}
        if self.outlets:
            found["outlettype"] = list(self.outlets)
        if self.typed:
            found["text"] = self.kind
        if self.rect is not None:
            found |= {"presentation": 1, "presentation_rect": list(self.rect)}
        if self.parameter is not None:
            found["parameter_enable"] = 1
            found["saved_attribute_attributes"] = {"valueof": self.parameter.json(order)}
            if self.parameter.info:
                found |= {"annotation": self.parameter.info, "annotation_name": self.parameter.long}
        return found


@dataclass(frozen=True)
class Cord:
    """From an outlet to an inlet."""

    source: str
    outlet: int
    target: str
    inlet: int = 0

    def json(self) -> dict[str, Json]:
        """As the file has it."""
        return {"patchline": {"source": [self.source, self.outlet], "destination": [self.target, self.inlet]}}


@dataclass(frozen=True)
class Patch:
    """A device's patch.

    Args:
        banks: names and long names of parameters, eight at most, as controllers show them.
        scripts: names of the files that it needs.
    """

    kind: Kind
    width: int
    boxes: tuple[Box, ...]
    cords: tuple[Cord, ...]
    banks: Mapping[str, tuple[str, ...]]
    scripts: tuple[str, ...]

    def json(self) -> dict[str, Json]:
        """As the file has it."""
        window: list[Json] = [80, 100, 1280, 800]
        return {"patcher": {
            "fileversion": 1,
            "appversion": {"major": 8, "minor": 1, "revision": 5, "architecture": "x64", "modernui": 1},
            "classnamespace": "box",
            "rect": window,
            "openrect": [0.0, 0.0, float(self.width), float(HEIGHT)],
            "openinpresentation": 1,
            "default_fontsize": 10.0,
            "default_fontface": 0,
            "default_fontname": "Arial",
            "gridsize": [8.0, 8.0],
            "devicewidth": float(self.width),
            "boxes": [{"box": box.json(index, self._order(box))} for index, box in enumerate(self.boxes)],
            "lines": [cord.json() for cord in self.cords],
            "parameters": self._parameters(),
            "dependency_cache": [
                {"name": name, "bootpath": ".", "type": "TEXT", "implicit": 1} for name in self.scripts
            ],
            "latency": 0,
            "is_mpe": 0,
            "minimum_live_version": "11.0",
            "minimum_max_version": "8.1.5",
            "platform_compatibility": 0,
            "project": self._project(),
            "autosave": 0,
        }}  # fmt: skip

    def _order(self, box: Box) -> int:
        """Parameters are in the order of the banks, those that are in none come last."""
        names = [name for bank in self.banks.values() for name in bank]
        return names.index(box.parameter.long) if box.parameter and box.parameter.long in names else len(names)

    def _parameters(self) -> dict[str, Json]:
        named = [(box.name, box.parameter) for box in self.boxes if box.parameter is not None]
        found: dict[str, Json] = {name: [each.long, each.short, each.type] for name, each in named}
        found["parameterbanks"] = {
            str(index): {"index": index, "name": name, "parameters": [*names, *["-"] * (8 - len(names))]}
            for index, (name, names) in enumerate(self.banks.items())
        }
        found["inherited_shortname"] = 1
        return found

    def _project(self) -> dict[str, Json]:
        return {
            "version": 1,
            "creationdate": BUILT_S,
            "modificationdate": BUILT_S,
            "viewrect": [0.0, 0.0, 300.0, 500.0],
            "autoorganize": 1,
            "hideprojectwindow": 1,
            "showdependencies": 1,
            "autolocalize": 0,
            "contents": {
                "patchers": {},
                "code": {name: {"kind": "javascript", "local": 1} for name in self.scripts},
            },
            "layout": {},
            "searchpath": {},
            "detailsvisible": 0,
            "amxdtype": self.kind.number,
            "readonly": 0,
            "devpathtype": 0,
            "devpath": ".",
            "sortmode": 0,
            "viewmode": 0,
            "includepackages": 0,
        }
