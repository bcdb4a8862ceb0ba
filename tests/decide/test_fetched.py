"""What the build needs of other hosts is said before it is built."""

from __future__ import annotations

from dockgen.decide.fetched import fetched_warnings
from dockgen.facts import Dependency, Evidence, Fact, Facts, Manager

E = (Evidence("requirements.txt", 3, ""),)
COMMIT = "a" * 40


def said(*dependencies: Dependency, manager: Manager | None = None) -> list[str]:
    facts = Facts(Fact("x"), manager or Manager("pip", requirements=("requirements.txt",)), dependencies=dependencies)
    return [w.message for w in fetched_warnings(facts)]


def git(name: str, location: str, **more: str) -> Dependency:
    return Dependency(name, source="git", location=location, evidence=E, **more)  # type: ignore[arg-type]


def test_nothing_to_say_of_an_index() -> None:
    assert said(Dependency("flask", evidence=E)) == []


def test_a_host_once_with_all_that_comes_from_it() -> None:
    messages = said(
        git("a", f"https://git.example/x/a.git@{COMMIT}"),
        git("b", f"git+ssh://git@git.example/x/b@{COMMIT}"),
        git("c", "git@other.example:x/c.git"),
    )
    assert messages[0] == "a, b are cloned from git.example in the build, which must be able to reach it"
    assert messages[1].startswith("c is cloned from other.example in the build")
    assert "no commit is named for c" in messages[1]


def test_a_lock_file_of_a_tool_holds_the_commit() -> None:
    messages = said(git("a", "https://git.example/x/a"), manager=Manager("uv", "uv.lock"))
    assert messages == ["a is cloned from git.example in the build, which must be able to reach it"]


def test_archives_and_what_is_not_installed() -> None:
    messages = said(
        Dependency("w", source="url", location="https://files.example/w.whl", evidence=E),
        git("t", "https://git.example/t", group="dev"),
        git("m", "https://git.example/m", marker="sys_platform == 'win32'"),
    )
    assert messages == ["w is downloaded from files.example in the build, which must be able to reach it"]
