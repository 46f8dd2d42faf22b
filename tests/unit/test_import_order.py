"""The rules that keep the house in order: imports go down, files stay small.

The towers stand here as data, the highest layer first.  Who adds a module that no layer names gives
it a place here.  The reading itself is in tower.py; that it can find fault is tested on small
packages made for the purpose.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from tests.unit import tower

ROOT = Path(__file__).parents[2]
LONGEST_FILE = 600

ADAPTER: tower.Tower = [
    [["adapter.__main__", "adapter.startup"]],
    [["adapter"]],
    [["adapter.installing"]],
    [["adapter.asyncio"]],
    [
        ["adapter.asyncio.sentinel"],
        ["adapter.asyncio.connection"],
        ["adapter.asyncio.utils"],
        ["adapter.cluster"],
        ["adapter.asyncio.cluster"],
        ["adapter.sentinel"],
        ["adapter.connection"],
        ["adapter.utils"],
    ],
    [["adapter.client", "adapter.asyncio.client", "adapter.ioredis"]],
    [
        ["adapter.pubsub", "adapter.asyncio.pubsub"],
        ["adapter.asyncio.shortcuts"],
        ["adapter.scripts"],
    ],
    [["adapter.bridge", "adapter.asyncio.bridge"]],
    # what sends a plan, and remembers with state/ what it has sent
    [["adapter.connect"]],
    [["adapter.state"]],
    [["adapter.translate.flow"]],
    [["adapter.translate.routes"]],
    [
        ["adapter.translate"],
        [
            "adapter.connect.arrival",
            "adapter.connect.lanes",
            "adapter.connect.async_lanes",
            "adapter.connect.counters",
            "adapter.connect.crossing",
            "adapter.connect.knock",
            "adapter.connect.loading",
            "adapter.connect.pump",
            "adapter.connect.session",
            "adapter.connect.usage",
        ],
    ],
    [
        [
            "adapter.translate.plan",
            "adapter.translate.columns",
            "adapter.translate.raw",
            "adapter.translate.encoding",
            "adapter.translate.errors",
            "adapter.connect.options",
        ]
    ],
    [
        ["adapter.connect.bridge", "adapter.connect.tls"],
        ["adapter.lending"],
        ["adapter.plain_set"],
        ["adapter.rebinding"],
        ["adapter.registered"],
    ],
    [["adapter.awaitable"]],
]

MOCK_BACKEND: tower.Tower = [
    [["mock_backend", "mock_backend.__main__", "mock_backend.pytest_plugin"]],
    [["mock_backend.cluster"]],
    [["mock_backend.server"]],
    [["mock_backend.home"]],
    [["mock_backend.loops"]],
    [["mock_backend.commands"], ["mock_backend.transport"]],
    [["mock_backend.kernel"]],
    [
        ["mock_backend.schema"],
        ["mock_backend.store"],
        ["mock_backend.scripting"],
        ["mock_backend.resp"],
    ],
    [["mock_backend.replies", "mock_backend.errors"]],
    [["mock_backend.profile"]],
]

KERNEL: tower.Tower = [
    [["mock_backend.kernel.kernel"]],
    # who asks for reports, and nothing of one another
    [
        ["mock_backend.kernel.accesses"],
        ["mock_backend.kernel.cluster"],
        ["mock_backend.kernel.acl"],
        ["mock_backend.kernel.configuration"],
        [
            "mock_backend.kernel.serving",
            "mock_backend.kernel.gates",
            "mock_backend.kernel.protection",
        ],
        ["mock_backend.kernel.limits"],
        ["mock_backend.kernel.migration"],
        ["mock_backend.kernel.pausing"],
        ["mock_backend.kernel.persistence"],
        ["mock_backend.kernel.room"],
        ["mock_backend.kernel.rows"],
        ["mock_backend.kernel.scripts"],
        ["mock_backend.kernel.tracking"],
        ["mock_backend.kernel.watching"],
    ],
    [["mock_backend.kernel.reports"], ["mock_backend.kernel.notifications"]],
    [["mock_backend.kernel.replication"], ["mock_backend.kernel.channels"]],
    [
        ["mock_backend.kernel.accounting", "mock_backend.kernel.lookups"],
        ["mock_backend.kernel.links"],
        ["mock_backend.kernel.telling"],
        ["mock_backend.kernel.waiting"],
    ],
    [["mock_backend.kernel.session", "mock_backend.kernel.context"]],
    [["mock_backend.kernel.clock"]],
]
"""The rooms of the kernel.  All know it by name, for annotations; it alone makes them."""

TOWERS = pytest.mark.parametrize(
    ("name", "layers"),
    [("adapter", ADAPTER), ("mock_backend", MOCK_BACKEND)],
    ids=["adapter", "mock_backend"],
)
PACKAGES = pytest.mark.parametrize("name", ["adapter", "mock_backend"])

PURE = [
    "mock_backend.commands",
    "mock_backend.kernel",
    "mock_backend.schema",
    "mock_backend.store",
    "mock_backend.scripting",
    "mock_backend.resp",
]
"""Sans I/O: what is here is called, and returns; it waits for nothing and opens nothing."""

OUTSIDE_WORLD = {"asyncio", "selectors", "socket", "ssl", "subprocess", "threading"}


@TOWERS
def test_every_module_has_a_place_in_the_tower(name, layers):
    assert tower.modules(ROOT / name), "nothing was read"
    # the package itself would take in every module: what it does not name must stand lower
    whole = [[[each for each in group if each != name] for group in layer] for layer in layers]
    assert [module for module in tower.homeless(ROOT / name, whole) if module != name] == []


@TOWERS
def test_imports_only_go_down(name, layers):
    assert tower.climbing(ROOT / name, layers) == []


def test_every_module_of_the_kernel_has_a_place_among_its_rooms():
    modules = [name for name in tower.homeless(ROOT / "mock_backend", KERNEL) if _in_kernel(name)]
    assert modules == []


def _in_kernel(name: str) -> bool:
    return name.startswith("mock_backend.kernel.")


def test_the_rooms_of_the_kernel_import_only_what_lies_below_them():
    assert tower.climbing(ROOT / "mock_backend", KERNEL, types=False) == []


@PACKAGES
def test_imports_make_no_circle(name):
    assert tower.circle(ROOT / name) == []


@PACKAGES
def test_no_import_stands_inside_a_function(name):
    assert tower.inside_functions(ROOT / name) == []


def test_adapter_and_mock_backend_never_import_each_other_nor_the_tests():
    assert tower.importing(ROOT / "adapter", {"mock_backend", "tests", "benchmarks"}) == []
    assert tower.importing(ROOT / "mock_backend", {"adapter", "tests", "benchmarks"}) == []


def test_the_mock_knows_no_client_library():
    assert tower.importing(ROOT / "mock_backend", {"redis", "glide", "glide_sync"}) == []


def test_the_pure_parts_of_the_mock_touch_no_socket_and_no_thread():
    assert tower.importing(ROOT / "mock_backend", OUTSIDE_WORLD, inside=PURE) == []


def test_no_handler_and_no_data_structure_of_the_mock_asks_what_time_it_is():
    timeless = [name for name in PURE if name != "mock_backend.kernel"]
    assert tower.importing(ROOT / "mock_backend", {"time", "datetime"}, inside=timeless) == []


def test_the_translation_opens_no_connection():
    clients = {*OUTSIDE_WORLD, "glide_sync"} - {"threading"}
    assert tower.importing(ROOT / "adapter", clients, inside=["adapter.translate"]) == []


@pytest.mark.parametrize("folder", ["adapter", "mock_backend", "tests", "benchmarks"])
def test_no_file_is_longer_than_600_lines(folder):
    lengths = {
        str(file.relative_to(ROOT)): len(file.read_text("utf-8").splitlines())
        for file in (ROOT / folder).rglob("*.py")
    }
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


class TestTheReaderFindsFault:
    """On a package ``house``: cellar below, hall and kitchen side by side, roof above."""

    LAYERS: ClassVar[tower.Tower] = [
        [["house.roof"]],
        [["house.hall"], ["house.kitchen"]],
        [["house.cellar"]],
    ]

    @pytest.fixture
    def house(self, tmp_path):
        def build(**rooms: str) -> Path:
            package = tmp_path / "house"
            for name, text in {"__init__": "", **rooms}.items():
                file = package.joinpath(*name.split("__of__")[::-1]).with_suffix(".py")
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
            return package

        return build

    def test_not_with_imports_that_go_down(self, house):
        package = house(roof="import house.hall", hall="from house import cellar", cellar="")
        assert tower.climbing(package, self.LAYERS) == []
        assert tower.circle(package) == []
        assert tower.inside_functions(package) == []

    @pytest.mark.parametrize(
        "text",
        [
            "import house.roof",
            "from house import roof",
            "from house.roof import tiles",
            "from . import roof",
            "from .roof import tiles",
            "if True:\n    from house.roof import tiles",
            "def climb():\n    from house.roof import tiles",
        ],
    )
    def test_with_an_import_that_goes_up_however_it_is_written(self, house, text):
        package = house(roof="", cellar=text)
        line = 1 + text.count("\n")
        assert tower.climbing(package, self.LAYERS) == [f"house.cellar:{line} imports house.roof"]

    def test_with_an_import_across_but_not_within_a_group(self, house):
        package = house(
            __init____of__hall="from house.hall import stairs",
            stairs__of__hall="import house.kitchen",
            kitchen="",
        )
        assert tower.climbing(package, self.LAYERS) == ["house.hall.stairs:1 imports house.kitchen"]

    def test_with_relative_imports_from_a_deeper_package(self, house):
        package = house(stairs__of__hall="from ..roof import tiles", roof="")
        assert tower.climbing(package, self.LAYERS) == ["house.hall.stairs:1 imports house.roof"]

    def test_with_a_module_that_has_no_place(self, house):
        assert tower.homeless(house(shed=""), [*self.LAYERS, [["house.__init__"]]]) == [
            "house",
            "house.shed",
        ]

    def test_with_a_circle(self, house):
        package = house(
            roof="import house.hall", hall="import house.cellar", cellar="from house import roof"
        )
        assert tower.circle(package) == ["house.cellar", "house.roof", "house.hall", "house.cellar"]

    def test_not_with_a_circle_of_which_one_half_is_for_annotations_only(self, house):
        half = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import house.hall"
        package = house(hall="import house.cellar", cellar=half)
        assert tower.circle(package) == []
        assert tower.climbing(package, self.LAYERS) == ["house.cellar:3 imports house.hall"]
        assert tower.climbing(package, self.LAYERS, types=False) == []

    @pytest.mark.parametrize(
        "text",
        ["def f():\n    import os", "async def f():\n    if 1:\n        from os import path"],
    )
    def test_with_an_import_inside_a_function(self, house, text):
        assert len(tower.inside_functions(house(hall=text))) == 1

    def test_with_a_package_that_is_out_of_bounds(self, house):
        package = house(hall="import socket", cellar="from socket import socket")
        assert tower.importing(package, {"socket"}, inside=["house.cellar"]) == [
            "house.cellar:1 imports socket"
        ]
        assert len(tower.importing(package, {"socket"})) == 2
