"""Which Python the image gets, and why."""

from __future__ import annotations

import pytest

from dockgen.decide.python import choose_python
from dockgen.errors import Usage
from dockgen.facts import OWN_IMAGE, Dependency, Evidence, PythonConstraint


def says(kind: str, specifier: str, file: str = "f", line: int = 1) -> PythonConstraint:
    return PythonConstraint(kind, specifier, Evidence(file, line, "said"))


def locked(name: str, *tags: str, version: str = "1.0") -> Dependency:
    return Dependency(name, version=version, wheels=tuple(f"{name}-{version}-{tag}.whl" for tag in tags))


def compiled(name: str, *minors: int, version: str = "1.0") -> Dependency:
    return locked(name, *(f"cp3{m}-cp3{m}-manylinux_2_17_x86_64" for m in minors), version=version)


@pytest.mark.parametrize(
    ("constraints", "version"),
    [
        ((), "3.13"),
        ((says("pin", "3.11.4"),), "3.11"),
        ((says("latest", "latest"),), "3.14"),
        ((says("latest", "latest"), says("range", ">=3.11,<3.13")), "3.12"),
        ((says("range", ">=3.14"),), "3.14"),
        ((says("range", ">=3.9,<3.12"),), "3.11"),
        ((says("range", ">=3.7,<3.9"),), "3.8"),
        ((says("range", ">=3.15"),), "3.15"),
        ((says("range", ">=3.12"), says("range", "<3.13")), "3.12"),
        ((says("pin", "3.9.23", ".tool-versions"), says("range", ">=3.11", "pyproject.toml")), "3.11"),
        ((says("pin", "3.7"), says("range", ">=3.9")), "3.9"),
        ((says("pin", "3.12"), says("pin", "3.10")), "3.12"),
        ((says("pin", "3.8"), says("pin", "3.12"), says("range", ">=3.11")), "3.12"),
        ((says("hint", "3.11"),), "3.13"),
        ((says("range", "==3.14.1"),), "3.14.1"),
        ((says("range", ">=3.11,<=3.12.3"), says("pin", "3.12")), "3.12.3"),
        ((says("range", ">=3.11,!=3.13.0"),), "3.13"),
    ],
)
def test_versions(constraints: tuple[PythonConstraint, ...], version: str) -> None:
    assert choose_python(constraints, (), None).version == version


def test_a_version_held_at_a_patch_release_is_told() -> None:
    (warning,) = choose_python((says("range", "==3.13.1"),), (), None).warnings
    assert "gets no patch releases" in warning.message
    assert choose_python((says("range", "<3.14"),), (), None).warnings == ()


def test_a_pin_outside_of_the_range_names_both_places() -> None:
    choice = choose_python(
        (says("pin", "3.9.23", ".tool-versions", 2), says("range", ">=3.11", "pyproject.toml", 6)), (), None
    )
    (warning,) = choice.warnings
    assert [(e.file, e.line) for e in warning.evidence] == [(".tool-versions", 2), ("pyproject.toml", 6)]


def test_ended_versions_are_told_with_the_date() -> None:
    (warning,) = choose_python((says("pin", "3.9"),), (), None).warnings
    assert "2025-10-31" in warning.message


def test_ranges_that_exclude_each_other_are_a_question() -> None:
    choice = choose_python((says("range", ">=3.12", "a"), says("range", "<3.11", "b")), (), None)
    (ambiguity,) = choice.ambiguities
    assert ambiguity.answer == "python" and {"3.12", "3.10"} <= set(ambiguity.choices)


@pytest.mark.parametrize("answer", ["3", "2.7", "4.1", "3.5", "3.99", "latest", "3.13\n FROM x", "3.13-slim", ""])
def test_an_answer_that_is_no_version_is_refused(answer: str) -> None:
    with pytest.raises(Usage):
        choose_python((), (), answer)


def test_an_answer_wins_and_says_when_the_project_disagrees() -> None:
    choice = choose_python((says("range", ">=3.13", "pyproject.toml"),), (), "3.12")
    assert choice.version == "3.12" and len(choice.warnings) == 1


@pytest.mark.parametrize(
    ("dependencies", "version"),
    [
        ((compiled("numpy", 11, 12, 13, 14),), "3.14"),
        ((compiled("numpy", 11, 12, 13),), "3.13"),
        ((compiled("numpy", 11, 12), compiled("lxml", 11, 12, 13, 14)), "3.12"),
        ((compiled("numpy", 9, 10),), "3.10"),
        ((locked("flask", "py3-none-any"),), "3.13"),
        ((locked("cryptography", "cp39-abi3-manylinux_2_17_x86_64"),), "3.13"),
        ((compiled("numpy", 11, 12, 13, 14), locked("psycopg2", "cp313-cp313-win_amd64")), "3.14"),
        ((compiled("numpy", 11), Dependency("loose")), "3.13"),
    ],
)
def test_locked_wheels_decide(dependencies: tuple[Dependency, ...], version: str) -> None:
    assert choose_python((says("range", ">=3.9"),), dependencies, None).version == version


@pytest.mark.parametrize(
    ("dependency", "version"),
    [
        (Dependency("numpy", "==1.19.0", "1.19.0"), "3.8"),
        (Dependency("numpy", ">=1.19"), "3.13"),
        (Dependency("django", "~=2.0.0"), "3.7"),
        (Dependency("django", "==1.10.5"), "3.6"),
        (Dependency("django", "==1.11.29"), "3.7"),
        (Dependency("django", "==4.2.*"), "3.12"),
        (Dependency("django", "<5"), "3.12"),
        (Dependency("django", ">=5.2,<6"), "3.13"),
        (Dependency("sqlalchemy", "==1.4.54", "1.4.54"), "3.13"),
        (Dependency("sqlalchemy", "==2.0.20", "2.0.20"), "3.12"),
        (Dependency("pydub", "==0.25.1", "0.25.1"), "3.12"),
        (Dependency("numpy", "==1.19.0", "1.19.0", group="dev"), "3.13"),
        (Dependency("numpy", "==nonsense"), "3.13"),
    ],
)
def test_old_pins_decide(dependency: Dependency, version: str) -> None:
    choice = choose_python((), (dependency,), None)
    assert choice.version == version
    assert version == "3.13" or dependency.name in choice.why


def test_pins_run_where_the_authors_ran_them() -> None:
    pinned = (Dependency("flask", "==2.0.1", "2.0.1"),)
    assert choose_python((says("hint", "3.10"), says("hint", "3.11")), pinned, None).version == "3.11"
    assert choose_python((says("hint", "3.11"),), (*pinned, Dependency("redis", ">=4")), None).version == "3.13"


def pinned(name: str, version: str) -> Dependency:
    return Dependency(name, f"=={version}", version)


def test_a_pin_that_needs_a_newer_python_is_no_reason_for_an_older_one() -> None:
    """cffi 2.0 is for 3.9 and later, Django 3.1 for 3.9 at most, and the wheels of greenlet 0.4.15 end at 3.8."""
    old = pinned("greenlet", "0.4.15")
    assert choose_python((), (old,), None).version == "3.8"
    choice = choose_python((), (old, pinned("cffi", "2.0.0"), pinned("django", "3.1.14")), None)
    assert choice.version == "3.9" and "django 3.1.14" in choice.why


def test_what_needs_no_compiler_bounds_no_python() -> None:
    assert choose_python((), (pinned("markupsafe", "2.0.1"),), None).version == "3.13"


def test_the_range_of_the_readme_counts_where_nothing_else_says_one() -> None:
    stated = says("hint", ">=3.10,<3.13", "README.md")
    choice = choose_python((stated,), (), None)
    assert choice.version == "3.12" and "README.md says >=3.10,<3.13" in choice.why
    assert choose_python((stated, says("range", ">=3.13")), (), None).version == "3.13"
    assert choose_python((says("hint", ">=2.6,<2.8", "README"),), (), None).version == "3.13"


def test_what_the_index_said_decides() -> None:
    asked = Dependency("numpy", "<2", wheels=("numpy-1.26.4-cp312-cp312-manylinux_2_17_x86_64.whl",), asked=True)
    assert choose_python((), (asked,), None).version == "3.12"
    assert choose_python((), (asked, Dependency("new")), None).version == "3.13"


@pytest.mark.parametrize(
    ("name", "pin", "version"), [("celery", "5.2.7", "3.11"), ("kombu", "5.2.4", "3.11"), ("celery", "5.3.0", "3.13")]
)
def test_entry_points_are_no_dictionary_any_more(name: str, pin: str, version: str) -> None:
    assert choose_python((), (Dependency(name, f"=={pin}", pin),), None).version == version


def test_the_table_is_in_order() -> None:
    from packaging.version import Version

    from dockgen.knowledge import table

    tables = (table("python_releases")["newest_python_for"], table("removed")["newest_python_for"])
    for name, rows in (pair for one in tables for pair in one.items()):
        versions = [Version("9999" if row[0] == "*" else row[0]) for row in rows]  # every version: the last row
        assert versions == sorted(versions), name
        assert all(row[1] in table("python_releases")["release"] for row in rows), name


@pytest.mark.parametrize(
    ("specifier", "version"),
    [
        ("==1.26.4", "3.12"),  # numpy 1.26 has wheels for 3.12 at most
        ("==1.25.2", "3.11"),
        ("<2", "3.12"),
        (">=1.20", "3.13"),
        ("==1.14.0", "3.7"),  # older than the table
        ("", "3.13"),
    ],
)
def test_where_the_wheels_of_a_bare_pin_end(specifier: str, version: str) -> None:
    pinned = (Dependency("numpy", specifier, specifier[2:] if specifier.startswith("==") else None),)
    assert choose_python((), pinned, None).version == version


def test_the_table_of_wheels_is_in_order() -> None:
    from packaging.version import Version

    from dockgen.knowledge import table

    releases = [v for v, row in table("python_releases")["release"].items() if row["state"] != "unproved"]
    for name, row in table("wheels")["first"].items():
        assert list(row) == [v for v in releases if int(v.split(".")[1]) >= 8], name
        versions = [Version(v) for v in row.values() if v]
        assert versions == sorted(versions) or name in ("pydantic-core", "tiktoken"), (
            name
        )  # the first ones out of order


def test_what_the_code_imports_is_a_limit() -> None:
    limit = says("limit", "3.11", "app.py", 3)
    choice = choose_python((limit,), (), None)
    assert (choice.version, choice.evidence[0].file) == ("3.11", "app.py")
    assert choose_python((limit, says("range", ">=3.9")), (compiled("x", 11, 12, 13),), None).version == "3.11"
    pinned = choose_python((limit, says("pin", "3.12")), (), None)
    assert pinned.version == "3.12" and "the code said" in pinned.warnings[0].message
    above = choose_python((limit, says("range", ">=3.12")), (), None)
    assert above.version == "3.13" and "the code said" in above.warnings[0].message


@pytest.mark.parametrize(
    ("dependency", "version"),
    [
        (Dependency("bottle", "==0.12.18", "0.12.18"), "3.10"),
        (Dependency("bottle", "<0.13"), "3.12"),
        (Dependency("bottle"), "3.13"),
        (Dependency("aioredis"), "3.10"),
        (Dependency("aioredis", source="conda"), "3.10"),
        (Dependency("aioredis", source="git"), "3.13"),
        (Dependency("psycopg", "==3.1.9", "3.1.9", ("binary",)), "3.11"),
        (Dependency("psycopg", "==3.1.9", "3.1.9"), "3.13"),
    ],
)
def test_pins_that_no_newer_python_imports(dependency: Dependency, version: str) -> None:
    assert choose_python((), (dependency,), None).version == version


def test_a_module_that_a_dependency_brings_back_is_no_limit() -> None:
    old = Dependency("bottle", "==0.12.25", "0.12.25")
    assert choose_python((), (old,), None).version == "3.12"
    assert choose_python((), (old, Dependency("legacy-cgi")), None).version == "3.13"


def of_image(version: str) -> PythonConstraint:
    return PythonConstraint("hint", version, Evidence("Dockerfile", 1, OWN_IMAGE))


@pytest.mark.parametrize(
    ("constraints", "version"),
    [
        ((of_image("3.11"),), "3.11"),
        ((of_image("3.11"), says("range", ">=3.10")), "3.11"),
        ((of_image("3.11"), says("range", ">=3.12")), "3.13"),
        ((of_image("3.11"), says("pin", "3.12")), "3.12"),
        ((of_image("3.8"),), "3.13"),  # it has no security fixes any more
        ((of_image("3.14"),), "3.13"),
    ],
)
def test_what_is_open_is_resolved_for_the_python_of_the_authors_own_image(
    constraints: tuple[PythonConstraint, ...], version: str
) -> None:
    assert choose_python(constraints, (Dependency("flask"),), None).version == version


@pytest.mark.parametrize(
    ("dependency", "version"),
    [
        (Dependency("requests", version="2.24.0"), "3.11"),
        (Dependency("requests", version="2.25.0"), "3.13"),
        (Dependency("python-levenshtein", specifier="~=0.25.0"), "3.12"),
    ],
)
def test_pins_whose_own_dependencies_end(dependency: Dependency, version: str) -> None:
    assert choose_python((), (dependency,), None).version == version
