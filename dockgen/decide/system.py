"""Several applications of one tree: each is decided as a project of its own, then they are joined.

An application's own plan speaks of its folder as if that were everything. `placed` puts it into the tree: where
its folders lie in the build context, what its processes and services are called beside the others'.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from itertools import pairwise
from typing import Any, TypeVar

from dockgen.decide import decide
from dockgen.decide.compose import Beside
from dockgen.decide.development import moved, with_ports
from dockgen.decide.env_example import EXAMPLE
from dockgen.decide.front import CONFIGURATION as NGINX
from dockgen.decide.front import GATEWAY
from dockgen.decide.ignore import ALWAYS, BAKE, OVERRIDE, OWN, SECRETS
from dockgen.decide.install import PROPOSAL
from dockgen.decide.servers import CONFIGURATION
from dockgen.decide.siblings import Sibling, addresses
from dockgen.errors import Usage
from dockgen.facts import Ambiguity, Evidence, Facts, Manager, Migration, Root, Roots, Warning
from dockgen.knowledge import table
from dockgen.plans import Decision, EnvLine, Mount, Part, Plan, Route, Secret, System, SystemPackage, image_name

RANK = ("web", "bot", "worker", "scheduler", "notebook", "cli", "script", "release")
"""Which application is named first: the one that people talk to."""
STAYS = ("web", "bot", "worker", "scheduler", "notebook")
FEW = 4
"""Folders that a variable of the same name can be the link between."""
MANY = 20
"""More applications than one compose file is for: named by a person, or not at all."""
OF_ONE = ("entry", "start", "port", "health_path", "framework", "manager", "requirements")
"""Answers that only one application can mean."""
FOREMOST = ("www", "web", "site", "website", "frontend", "front", "ui", "portal", "app")
"""What people call the application that they open in a browser: it gets the domain itself."""
AT_ROOT = ("compose.yaml", OVERRIDE, GATEWAY)
"""Files of dockgen's that a tree of several applications has once."""
SOURCES = "/src"
"""Where the tree's layout is built up in a stage in which paths lead from one folder to another."""


def applications(
    roots: Roots, found: Sequence[tuple[Root, Facts]], answers: Mapping[str, Any]
) -> tuple[tuple[Root, Facts], ...]:
    """Those of the folders that hold an application: something that stays up, or a program that nothing else of
    the tree is built from. What a person named counts in any case. In the order in which they are listed."""
    plans = {root.folder: decide(facts, answers_for(root.folder, answers)) for root, facts in found}
    shared = {place for root, _ in found for place in root.shared}
    if answers.get("app"):
        chosen = list(found)
    else:
        chosen = [
            (root, facts)
            for root, facts in found
            if _starts(plans[root.folder], STAYS)
            or (root.folder not in shared and (_starts(plans[root.folder], RANK) or _which(plans[root.folder])))
        ]

    def order(one: tuple[Root, Facts]) -> tuple[int, str]:
        processes = plans[one[0].folder].processes
        return RANK.index(processes[0].kind) if processes and processes[0].kind in RANK else len(RANK), one[0].folder

    return tuple(sorted(chosen, key=order))


def _starts(plan: Plan, kinds: tuple[str, ...]) -> bool:
    return bool(plan.processes) and plan.processes[0].kind in kinds


def _which(plan: Plan) -> bool:
    """Whether there is something to start, and only not known which."""
    return any(q.answer in ("entry", "start") and q.choices for q in plan.questions)


def not_one_system(roots: Roots, chosen: Sequence[tuple[Root, Facts]]) -> Ambiguity | None:
    """The question where the folders may as well be examples, or are more than anyone runs together."""
    folders = tuple(root.folder for root, _ in chosen)
    linked = bool(roots.linked or work_together(chosen))
    if len(folders) < 2 or (linked and len(folders) <= MANY):
        return None
    count = len(folders)
    why = (
        f"{count} folders hold an application each, more than one stack is for: name those to be deployed"
        if linked
        else f"{count} folders hold an application each, and nothing says that they are one system"
    )
    return Ambiguity("app", why, folders, tuple(e for root, _ in chosen[:5] for e in root.evidence))


def work_together(chosen: Sequence[tuple[Root, Facts]]) -> tuple[Evidence, ...]:
    """Where an application that serves and one that works off reach the same service by the same variable: two parts
    of one system. Among many folders, or where all of them serve, that is how examples are written, too."""
    if not 1 < len(chosen) <= FEW:
        return ()
    kinds = {root.folder: decide(facts, {}).processes[:1] for root, facts in chosen}
    if len({found[0].kind for found in kinds.values() if found}) < 2:
        return ()
    seen: dict[tuple[str, str], Evidence] = {}
    for root, facts in chosen:
        for variable in facts.env:
            key = (variable.name, variable.service)
            if not variable.service or not variable.evidence:
                continue
            where = rebased(variable.evidence[0], root.folder)
            if key in seen and seen[key].file.split("/")[0] != where.file.split("/")[0]:
                return (replace(seen[key], why=f"{variable.name} leads both to one {variable.service}"), where)
            seen.setdefault(key, where)
    return ()


def decide_system(roots: Roots, chosen: Sequence[tuple[Root, Facts]], answers: Mapping[str, Any]) -> System:
    """The joined plan. Raises Usage for an answer that only one of several applications can mean."""
    if len(chosen) > 1:
        for name in OF_ONE:
            if name in answers:
                flag = name.replace("_", "-")
                folder = chosen[0][0].folder
                raise Usage(
                    f"--{flag} can mean any of {len(chosen)} applications",
                    hint=f"Say which: --answer {folder}:{name}=VALUE",
                )
    for folder in said(answers):
        if folder not in {root.folder for root, _ in chosen}:
            raise Usage(f"--answer {folder}:...: no application is there", hint="explain lists them.")
    own = {root.folder: answers_for(root.folder, answers, alone=len(chosen) == 1) for root, _ in chosen}
    first = {root.folder: decide(facts, own[root.folder]) for root, facts in chosen}
    names = _names([root for root, _ in chosen], {root.folder: facts for root, facts in chosen}, answers)
    services = frozenset(s.name for plan in first.values() for c in plan.stacks for s in c.services)
    parts: list[Part] = []
    used: set[int] = set()
    for root, _ in chosen:
        plan, name = first[root.folder], names[root.folder]
        shares = any(compose.services for compose in plan.stacks)
        image = image_name(roots.name if len(chosen) == 1 else f"{roots.name}-{name}")
        context = root.folder if root.context == root.folder else "."
        ports = []
        for port in dict.fromkeys(p.port for p in plan.processes if p.port):
            host = port
            while host in used:
                host += 1
            used.add(host)
            ports.append((port, host))
        parts.append(Part(name, root.folder, context, image, tuple(ports), shares, bool(services)))
    siblings = tuple(
        Sibling(part.name, facts.name.value, first[part.folder].processes[0].port, dict(part.ports))
        for part, (_, facts) in zip(parts, chosen, strict=True)
        if first[part.folder].processes
    )
    plans = []
    told: list[Warning] = []
    reached: dict[str, set[str]] = {}
    for part, (root, facts) in zip(parts, chosen, strict=True):
        values, decisions, warnings = addresses(facts, part.name, siblings)
        for value in values.values():
            reached.setdefault(value.sibling, set()).add(part.name)
        beside = Beside(services, {n: v.value for n, v in values.items()}, f"{part.name}.env")
        plan = decide(facts, own[root.folder], beside)
        plan = replace(plan, decisions=(*plan.decisions, *decisions), warnings=(*plan.warnings, *warnings))
        plans.append(placed(plan, part, root))
    plans = [_reachable(plan, bool(reached.get(plan.part.name if plan.part else ""))) for plan in plans]
    plans, warnings_of_two = _one_migration([facts for _, facts in chosen], _one_of_each(_secrets(plans)))
    plans = with_ports(_behind_one_gateway(plans))
    told += warnings_of_two
    joint = [plan for plan in plans if plan.part and plan.part.context == "."]
    ignore = _ignore(joint)
    linked = roots.linked or work_together(chosen)
    why = linked[0] if linked else None
    listed = " ".join(root.folder for root, _ in chosen)
    said_by = "flag" if answers.get("app") else "evidence"
    decision = Decision("app", listed, why.why if why else "the only application", said_by, linked)
    return System(
        name=roots.name,
        plans=tuple(plans),
        ignore=ignore,
        files=_files(plans, bool(joint), answers),
        decisions=(decision,),
        questions=tuple(
            replace(q, folder=plan.part.folder) for plan in plans for q in plan.questions if plan.part is not None
        ),
        warnings=(*(_named(w, plan) for plan in plans for w in plan.warnings), *told),
    )


def _named(warning: Warning, plan: Plan) -> Warning:
    folder = plan.part.folder if plan.part else ""
    return replace(warning, message=f"{folder}: {warning.message}")


# ---- answers --------------------------------------------------------------------------------------


def said(answers: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Folder -> the answers that were given for it alone (`--answer FOLDER:NAME=VALUE`)."""
    from dockgen.answers import LISTS, check

    found: dict[str, dict[str, Any]] = {}
    for text in answers.get("answer") or ():
        folder, _, rest = text.partition(":")
        name, _, value = rest.partition("=")
        given: Any = int(value) if name == "port" and value.isdigit() else value
        checked = check({name: given})
        own = found.setdefault(folder, {})
        for key, one in checked.items():
            own[key] = (*own.get(key, ()), *one) if key in LISTS else one
    return found


def answers_for(folder: str, answers: Mapping[str, Any], alone: bool = False) -> dict[str, Any]:
    """The answers in force for one application."""
    shared = {k: v for k, v in answers.items() if k not in ("app", "answer") and (alone or k not in OF_ONE)}
    return {**shared, **said(answers).get(folder, {})}


def _names(roots: Sequence[Root], facts: Mapping[str, Facts], answers: Mapping[str, Any]) -> dict[str, str]:
    """Folder -> the application's name in the stack: the last part of the path that tells them apart."""
    taken = {*table("services")["services"], "data", "public", "dockgen"}
    extras = answers.get("with") or ()
    taken |= {"gateway"} if "gateway" in extras else set()
    taken |= {"adminer", "flower"} if "dev" in extras else set()
    names: dict[str, str] = {}
    for root in roots:
        parts = [p for p in root.folder.split("/") if p != "."] or [facts[root.folder].name.value]
        for length in range(1, len(parts) + 1):
            name = re.sub(r"[^a-z0-9]+", "-", "-".join(parts[-length:]).lower()).strip("-") or "app"
            if name not in taken:
                break
        while name in taken:
            name += "-app"
        taken.add(name)
        names[root.folder] = name
    return names


# ---- one application's place ----------------------------------------------------------------------

T = TypeVar("T")
CLIMBING = re.compile(r"(?<![\w/.])(?:\.\./)+[\w./-]*\w")
TOLD: dict[type, tuple[str, ...]] = {
    Decision: ("why",),
    Manager: ("lock_file",),
    SystemPackage: ("why",),
    Warning: ("message",),
    EnvLine: ("place",),
}
"""Texts for people that may name a path outside of the application's folder."""


def rebased(value: T, folder: str) -> T:
    """The record with every place in the tree as the tree's root calls it."""
    if folder == ".":
        return value
    if isinstance(value, Evidence):
        return replace(value, file=posixpath.normpath(posixpath.join(folder, value.file)))
    if isinstance(value, tuple):
        return type(value)(rebased(item, folder) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        changed = {f.name: rebased(getattr(value, f.name), folder) for f in fields(value)}
        for name in TOLD.get(type(value), ()):
            if changed[name]:
                changed[name] = CLIMBING.sub(lambda m: posixpath.normpath(posixpath.join(folder, m[0])), changed[name])
        return replace(value, **changed)
    return value


def placed(plan: Plan, part: Part, root: Root) -> Plan:
    """The plan with its place in the tree: names, evidence, and where its folders lie in the build context."""
    processes = tuple(
        replace(p, name=part.name if n == 0 else f"{part.name}-{p.name}", root=part.folder)
        for n, p in enumerate(plan.processes)
    )
    plan = rebased(replace(plan, part=part, processes=processes), part.folder)
    if plan.compose:
        volumes = tuple((f"{part.name}-{name}", path) for name, path in plan.compose.volumes)
        plan = replace(plan, compose=replace(plan.compose, volumes=volumes))
    if plan.front and plan.front.media:
        url, volume, inside = plan.front.media
        plan = replace(plan, front=replace(plan.front, media=(url, f"{part.name}-{volume}", inside)))
    if plan.development:
        plan = replace(plan, development=moved(plan.development, part.folder))
    return plan if part.context == part.folder else _in_shared_context(plan, part, root)


def _in_shared_context(plan: Plan, part: Part, root: Root) -> Plan:
    """The plan for a build context that is the whole tree, of which only this application's folders are taken."""
    folder = part.folder

    def here(path: str) -> str:
        return posixpath.normpath(posixpath.join(folder, path))

    def mounted(mount: Mount) -> Mount:
        if mount.stage:
            return mount
        return replace(mount, source=here(mount.source), target=f"{SOURCES}/{here(mount.target)}")

    whole = tuple(Mount(f, f"{SOURCES}/{f}", writable=True) for f in (*root.shared, folder))
    install = plan.install
    if install is not None and install.member:  # uv works from the workspace's root, and finds everything from there
        mounts = tuple(Mount(here(m.source), here(m.target)) for m in install.mounts)
        install = replace(install, mounts=mounts)
    elif install is not None and (install.lock or any(not m.stage for m in install.mounts)):
        lock = install.lock
        if lock is not None:
            manifests = tuple(Mount(f, f"{SOURCES}/{f}") for f in root.shared)
            wanted = whole if lock.everything else (*map(mounted, lock.mounts), *manifests)
            lock = replace(lock, mounts=wanted, everything=False)
        install = replace(install, mounts=tuple(map(mounted, install.mounts)), lock=lock, workdir=f"{SOURCES}/{folder}")
    project = plan.project
    wheels = tuple(here(w) for w in project.wheels)
    project = replace(
        project,
        folder=folder,
        wheels=wheels,
        mounts=tuple(Mount(w, w, writable=True) for w in wheels),
    )
    frontend = plan.frontend
    if frontend is not None:
        frontend = replace(
            frontend, mounts=tuple(m if m.stage else replace(m, source=here(m.source)) for m in frontend.mounts)
        )
    return replace(plan, install=install, project=project, frontend=frontend)


def _ignore(plans: Sequence[Plan]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What the shared context leaves out: of every application, with its folder before it."""
    groups: dict[str, dict[str, None]] = {}
    anywhere = {*ALWAYS, *SECRETS, *OWN} - {".git", *AT_ROOT}
    for plan in plans:
        folder = plan.part.folder if plan.part else "."
        for why, patterns in plan.ignore:
            group = groups.setdefault(why, {})
            for pattern in patterns:
                bang = "!" if pattern.startswith("!") else ""
                bare = pattern.removeprefix("!")
                if bare.startswith("**/") or bare in (".git", *AT_ROOT):
                    group[pattern] = None
                elif bare in anywhere:
                    group[f"{bang}**/{bare}"] = None
                else:
                    group[f"{bang}{bare if folder == '.' else f'{folder}/{bare}'}"] = None
    if groups:
        groups.setdefault("dockgen's own output", {})[BAKE] = None
    return tuple((why, tuple(patterns)) for why, patterns in groups.items())


# ---- what they have together ----------------------------------------------------------------------


def _secrets(plans: Sequence[Plan]) -> list[Plan]:
    """The applications' own secrets under names of their own. A random value that several read by one name is one
    value: who checks a token must have the key of who signed it."""
    first: dict[str, str] = {}
    result = []
    for plan in plans:
        compose, part = plan.compose, plan.part
        if compose is None or part is None:
            result.append(plan)
            continue
        changed: list[Secret] = []
        for secret in compose.secrets:
            if secret.file != compose.env_file:
                changed.append(secret)
                continue
            name = f"{part.name}_{secret.variable}".replace("-", "_")
            template = secret.template
            if not template and secret.variable in first:
                template = f"{{{first[secret.variable]}}}"
            elif not template:
                first[secret.variable] = name
            changed.append(replace(secret, name=name, template=template))
        result.append(replace(plan, compose=replace(compose, secrets=tuple(changed))))
    return result


def _one_of_each(plans: Sequence[Plan]) -> list[Plan]:
    """One container of a service for all that use it: where they want different images, the one that can more."""
    images: dict[str, str] = {}
    rows = table("services")["services"]
    for plan in plans:
        for compose in plan.stacks:
            for service in compose.services:
                plain = service.image.endswith(rows[service.name]["image"])
                if service.name not in images or not plain:
                    images[service.name] = service.image
    result = []
    for plan in plans:
        own = plan.compose
        if own is not None:
            services = tuple(replace(s, image=images[s.name], why="") for s in own.services)
            plan = replace(plan, compose=replace(own, services=services))
        result.append(plan)
    return result


def _reachable(plan: Plan, called: bool) -> Plan:
    """Where another application calls this one by its name, that is a host that it must answer to."""
    compose, part = plan.compose, plan.part
    if not called or compose is None or part is None:
        return plan
    return _answering(plan, (part.name,))


def _answering(plan: Plan, names: Sequence[str]) -> Plan:
    """The plan with these among the hosts that its ALLOWED_HOSTS or the like names."""
    compose = plan.compose
    if compose is None or not names:
        return plan
    hosts = {"localhost,127.0.0.1": ",", "localhost 127.0.0.1": " "}
    environment = []
    for name, value in compose.environment:
        signs = next((sign for start, sign in hosts.items() if value == start or value.startswith(start + sign)), "")
        environment.append((name, signs.join([value, *names]) if signs else value))
    return replace(plan, compose=replace(compose, environment=tuple(environment)))


def _behind_one_gateway(plans: Sequence[Plan]) -> list[Plan]:
    """One gateway for all: the first application at the domain itself, each other at a host name of its own, because
    an application need not know that for its own links, as it would have to for a path below another's."""
    routes: list[Route] = []
    foremost = sorted(plans, key=lambda plan: (plan.part.name if plan.part else "") not in FOREMOST)
    for plan in foremost:
        if plan.gateway is None or plan.part is None:
            continue
        for process in (p for p in plan.processes if p.kind == "web" and p.port):
            service = plan.front_name if plan.front and process == plan.main else process.name
            routes.append(Route(process.name if routes else "", service, process.port or 0))
    result = []
    for plan in plans:
        if plan.gateway is not None:
            plan = replace(plan, gateway=replace(plan.gateway, routes=tuple(routes)))
            own = [route.host for route in routes if route.host and route.host == plan.main.name]
            plan = _answering(plan, tuple(f"{host}.localhost" for host in own))
        result.append(plan)
    return result


RELATIONAL = ("postgres", "mysql", "mariadb", "mssql")


def _one_migration(found: Sequence[Facts], plans: Sequence[Plan]) -> tuple[list[Plan], list[Warning]]:
    """One step at a time for a database that several applications migrate.

    Copies of one history (a folder of migrations that both have, one perhaps behind) are run once, by the application
    that has more of it, and the others wait for that. Different ones run one after the other: Django keeps its own
    applications apart in its table; two of the others would take the other's entry for their own, which is told.
    """
    plans = list(plans)
    warnings: list[Warning] = []
    for name in RELATIONAL:
        here = [i for i, plan in enumerate(plans) if _migrates(plan, name) and found[i].migrations]
        here.sort(key=lambda i: -len(found[i].migrations[0].steps))
        kept: list[int] = []
        for i in here:
            own = found[i].migrations[0]
            same = next((k for k in kept if _copy(own, found[k].migrations[0])), None)
            if same is not None:
                plans[i] = _waits(_without_steps(plans[i]), _steps(plans[same]))
            else:
                kept.append(i)
        for before, i in pairwise(kept):
            part = plans[i].part
            assert part is not None
            plans[i] = replace(plans[i], part=replace(part, step_after=_steps(plans[before])))
        tools = [found[i].migrations[0].tool for i in kept]
        if len(kept) > 1 and any(tool != "django" and tools.count(tool) > 1 for tool in tools):
            folders = [part.folder for i in sorted(kept) if (part := plans[i].part)]
            evidence = tuple(e for i in kept for q in plans[i].processes if q.kind == "release" for e in q.evidence[:1])
            message = (
                f"{' and '.join(folders)} both migrate {name}, which is one database here: give each a database of its "
                "own (the variable that names it), or keep the migrations in one place"
            )
            warnings.append(Warning(message, evidence))
    return plans, warnings


def _migrates(plan: Plan, service: str) -> bool:
    uses = any(s.name == service and s.volume for c in plan.stacks for s in c.services)
    return uses and bool(plan.part) and bool(_steps(plan))


def _copy(one: Migration, other: Migration) -> bool:
    """Whether all of the one's migrations are the other's, too."""
    return one.tool == other.tool and bool(one.steps) and {*one.steps} <= {*other.steps}


def _steps(plan: Plan) -> tuple[str, ...]:
    return tuple(process.name for process in plan.processes if process.kind == "release")


def _without_steps(plan: Plan) -> Plan:
    stay = [index for index, process in enumerate(plan.processes) if process.kind != "release"]
    if plan.development:  # in the order of the processes
        developed = tuple(plan.development.processes[index] for index in stay)
        plan = replace(plan, development=replace(plan.development, processes=developed))
    return replace(plan, processes=tuple(plan.processes[index] for index in stay))


def _waits(plan: Plan, steps: tuple[str, ...]) -> Plan:
    assert plan.part is not None
    return replace(plan, part=replace(plan.part, after=(*plan.part.after, *steps)))


def _files(plans: Sequence[Plan], joint: bool, answers: Mapping[str, Any]) -> tuple[str, ...]:
    found: list[str] = []
    for plan in plans:
        part = plan.part
        if part is None:
            continue
        at = "" if part.folder == "." else f"{part.folder}/"
        found.append(f"{at}Dockerfile")
        if part.context == part.folder and not (joint and part.folder == "."):
            found.append(f"{at}.dockerignore")
        found += [f"{at}{name}" for name in (CONFIGURATION, NGINX, PROPOSAL, EXAMPLE) if name in plan.files]
    if joint:
        found.append(".dockerignore")
    if any(plan.compose for plan in plans) and "compose" not in (answers.get("without") or ()):
        found.append("compose.yaml")
    if any(plan.development for plan in plans):
        found.append(OVERRIDE)
    if any(plan.gateway for plan in plans):
        found.append(GATEWAY)
    if "bake" in (answers.get("with") or ()):
        found.append(BAKE)
    return tuple(found)
