"""The stage of a node front end."""

from __future__ import annotations

import pytest

from dockgen.decide.frontend import choose_frontend
from dockgen.facts import Evidence, Fact, Facts, Manager, NodeFrontend
from dockgen.knowledge import table

EVIDENCE = (Evidence("web/package.json", 3, "vite build"),)


def facts(**fields: object) -> Facts:
    row: dict[str, object] = {
        "folder": "web",
        "manager": "npm",
        "manager_version": None,
        "lock_file": "web/package-lock.json",
    }
    row |= {"files": ("web/package.json", "web/package-lock.json"), "scripts": ("build",), "evidence": EVIDENCE}
    return Facts(Fact("x"), Manager("pip"), node=NodeFrontend(**{**row, **fields}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("versions", "image", "warned"),
    [
        ((), f"node:{max(table('node')['releases'], key=int)}-slim", False),
        (("22.4.1",), "node:22-slim", False),
        (("16",), "node:16-slim", True),
        ((">= 18.0.0",), f"node:{max(table('node')['releases'], key=int)}-slim", False),
        (("^20 || ^22",), "node:22-slim", False),
        (("18.x",), "node:18-slim", True),
        (("lts/*", "22"), "node:22-slim", False),
    ],
)
def test_nodes_version(versions: tuple[str, ...], image: str, warned: bool) -> None:
    given = tuple((v, Evidence("web/package.json", 9, v)) for v in versions)
    frontend, decisions, warnings = choose_frontend(facts(versions=given), {})
    assert frontend is not None
    assert (frontend.image, bool(warnings)) == (image, warned)
    assert decisions[0].value == f"npm run build in {image}"


@pytest.mark.parametrize(
    ("fields", "install"),
    [
        ({}, "npm ci"),
        ({"lock_file": None}, "npm install"),
        ({"loose_peers": True}, "npm ci --legacy-peer-deps"),
        (
            {"manager": "pnpm", "manager_version": "9.1.0"},
            "npm install --global pnpm@9.1.0 && pnpm install --frozen-lockfile",
        ),
        ({"manager": "bun"}, "bun install --frozen-lockfile"),
    ],
)
def test_install(fields: dict[str, object], install: str) -> None:
    frontend, _, warnings = choose_frontend(facts(**fields), {"registry": "mirror.example"})
    assert frontend is not None
    assert " && ".join(" ".join(words) for words in frontend.install) == install
    assert frontend.image.startswith("mirror.example/")
    assert bool(warnings) == ("lock_file" in fields)


@pytest.mark.parametrize(
    ("version", "helped"), [("20", True), ("16", False), (None, True)], ids=["Node 20", "Node 16", "the newest"]
)
def test_webpack_4_on_a_node_that_refuses_its_hash(version: str | None, helped: bool) -> None:
    versions = ((version, EVIDENCE[0]),) if version else ()
    md4 = Evidence("web/package.json", 5, "webpack ^4.44.0 bundles by webpack 4")
    frontend, decisions, warnings = choose_frontend(facts(versions=versions, md4=md4), {})
    assert frontend is not None
    assert (frontend.build == (("env", "NODE_OPTIONS=--openssl-legacy-provider", "npm", "run", "build"),)) is helped
    assert any("webpack 4" in w.message for w in warnings) is helped
    assert decisions[0].value.startswith("npm run build in ")


def test_what_is_copied_in_and_out() -> None:
    known, *_ = choose_frontend(facts(outputs=("web/dist",)), {})
    assert known is not None
    assert (known.context, known.exclude, known.outputs, known.copy_first) == ("web", (), ("web/dist",), False)
    assert [(m.source, m.target) for m in known.mounts] == [
        ("web/package.json", "package.json"),
        ("web/package-lock.json", "package-lock.json"),
    ]
    unknown, *_ = choose_frontend(facts(folder=".", lifecycle=True), {})
    assert unknown is not None
    assert (unknown.context, unknown.exclude, unknown.outputs, unknown.mounts) == (".", ("**/*.py",), (".",), ())
    tailwind, *_ = choose_frontend(facts(outside=True, reads_python=True, outputs=("static",)), {})
    assert tailwind is not None and (tailwind.context, tailwind.exclude) == (".", ())


def test_none_where_there_is_none_or_the_person_leaves_it_out() -> None:
    assert choose_frontend(Facts(Fact("x"), Manager("pip")), {}) == (None, (), ())
    assert choose_frontend(facts(), {"without": ["frontend"]}) == (None, (), ())
