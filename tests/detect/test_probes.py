"""What the project's own health checks ask for: Dockerfile, compose file, manifests of platforms and Kubernetes."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.detect.probes import declared_health
from dockgen.source import Source

PYTHON = "FROM python:3.13\nRUN pip install x\n"
PROBE = "livenessProbe:\n  httpGet:\n    path: /alive\n    port: 8000\n"


def pod(*probes: str, image: str = "shop") -> str:
    lines = "\n".join("    " + line for probe in probes for line in probe.splitlines())
    return f"kind: Pod\nspec:\n  containers:\n  - image: {image}\n{lines}\n"


@pytest.mark.parametrize(
    ("files", "paths"),
    [
        ({"Dockerfile": PYTHON + "HEALTHCHECK CMD curl -f http://localhost:8000/status || exit 1"}, ["/status"]),
        ({"Dockerfile": PYTHON + "HEALTHCHECK --interval=5s \\\n  CMD curl -f http://localhost:${PORT}/status"}, ["/status"]),
        ({"Dockerfile": PYTHON + "HEALTHCHECK CMD curl -f http://localhost:8000/"}, []),
        ({"Dockerfile": PYTHON + "HEALTHCHECK CMD pgrep x"}, []),
        ({"Dockerfile": PYTHON + "HEALTHCHECK CMD curl http://localhost/a\nHEALTHCHECK NONE"}, []),
        ({"Dockerfile": PYTHON + "HEALTHCHECK CMD curl http://localhost/a\nFROM python:3.13\nCMD [\"x\"]"}, []),
        ({"compose.yaml": "services:\n  web:\n    build: .\n    healthcheck:\n      test: [CMD, wget, $$ENDPOINT/info]"}, ["/info"]),
        ({"compose.yaml": "services:\n  web:\n    build: {context: ./}\n    healthcheck:\n      test: curl http://127.0.0.1:80/info"}, ["/info"]),
        ({"compose.yaml": "services:\n  web:\n    build: ./other\n    healthcheck:\n      test: curl http://127.0.0.1/info"}, []),
        ({"compose.yaml": "services:\n  nginx:\n    build: .\n    healthcheck:\n      test: curl http://127.0.0.1/info"}, []),
        ({"compose.yaml": "services:\n  db:\n    image: postgres\n    healthcheck:\n      test: curl http://127.0.0.1/info"}, []),
        ({"render.yaml": "services:\n- type: web\n  healthCheckPath: /up"}, ["/up"]),
        ({"railway.json": '{"deploy": {"healthcheckPath": "/up"}}'}, ["/up"]),
        ({"fly.toml": "[[http_service.checks]]\npath = '/up'"}, ["/up"]),
        ({"fly.toml": "[[services]]\n[[services.http_checks]]\npath = '/up'"}, ["/up"]),
        ({"app.yaml": "liveness_check:\n  path: /up"}, ["/up"]),
        ({"k8s/web.yaml": pod(PROBE)}, ["/alive"]),
        ({"k8s/web.yaml": pod("readinessProbe:\n  httpGet:\n    path: /ready", PROBE)}, ["/alive"]),
        ({"k8s/web.yaml": pod(PROBE) + "---\n" + pod(PROBE.replace("alive", "other"))}, []),
        ({"k8s/web.yaml": pod(PROBE, image="redis:8")}, []),
        ({"chart/templates/web.yaml": "{{- if x }}\n" + pod(PROBE) + "{{- end }}\n"}, ["/alive"]),
        ({"k8s/web.yaml": pod(PROBE.replace("/alive", "'/a b'"))}, []),
        ({"k8s/web.yaml": "httpGet: ["}, []),
    ],
)  # fmt: skip
def test_declared(tmp_path: Path, files: dict[str, str], paths: list[str]) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = declared_health(Source(tmp_path))
    assert [route.path for route in found] == paths
    assert all(route.declared and route.evidence[0].line for route in found)
