"""Each service of the table, from a project's files to the lines of its compose file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from dockgen.decide import decide
from dockgen.detect import detect
from dockgen.knowledge import table
from dockgen.plans import Plan
from dockgen.rendering import render
from dockgen.source import Source

SERVICES = table("services")["services"]


def plan(root: Path, requirements: str, code: str, **answers: object) -> Plan:
    (root / "main.py").write_text(code + "\nwhile True:\n    pass\n")
    (root / "requirements.txt").write_text(requirements + "\n")
    return decide(detect(Source(root)), answers)


def given(found: Plan) -> dict[str, str]:
    """What the program's variables get, plain or by a secret's template."""
    assert found.compose is not None
    secret = {s.variable: s.template for s in found.compose.secrets if s.variable and s.file == "app.env"}
    return {**dict(found.compose.environment), **secret}


URLS = [
    # service, requirements, import, variable, what it gets
    ("postgres", "psycopg", "psycopg", "DATABASE_URL", "postgresql://app:{db_password}@postgres:5432/app"),
    ("mysql", "pymysql", "pymysql", "DATABASE_URL", "mysql://app:{db_password}@mysql:3306/app"),
    ("mariadb", "mariadb", "mariadb", "DATABASE_URL", "mysql://app:{db_password}@mariadb:3306/app"),
    ("mssql", "pymssql", "pymssql", "DATABASE_URL", "mssql://sa:Aa1-{db_password}@mssql:1433/master"),
    ("redis", "redis", "redis", "REDIS_URL", "redis://redis:6379/0"),
    ("rabbitmq", "pika", "pika", "RABBITMQ_URL", "amqp://app:{rabbitmq_password}@rabbitmq:5672/"),
    ("kafka", "aiokafka", "aiokafka", "KAFKA_BOOTSTRAP_SERVERS", "kafka:9092"),
    ("mongodb", "pymongo", "pymongo", "MONGODB_URI", "mongodb://app:{db_password}@mongodb:27017/app?authSource=admin"),
    ("elasticsearch", "elasticsearch", "elasticsearch", "ELASTICSEARCH_URL", "http://elasticsearch:9200"),
    ("opensearch", "opensearch-py", "opensearchpy", "OPENSEARCH_URL", "http://opensearch:9200"),
    ("memcached", "pymemcache", "pymemcache", "MEMCACHED_URL", "memcached:11211"),
    ("minio", "minio", "minio", "MINIO_URL", "http://minio:9000"),
    ("nats", "nats-py", "nats", "NATS_URL", "nats://nats:4222"),
    ("mosquitto", "paho-mqtt", "paho.mqtt.client", "MQTT_URL", "mqtt://mosquitto:1883"),
    ("qdrant", "qdrant-client", "qdrant_client", "QDRANT_URL", "http://qdrant:6333"),
    ("chroma", "chromadb", "chromadb", "CHROMA_URL", "http://chroma:8000"),
    ("weaviate", "weaviate-client", "weaviate", "WEAVIATE_URL", "http://weaviate:8080"),
    (
        "clickhouse", "clickhouse-connect", "clickhouse_connect", "CLICKHOUSE_URL",
        "clickhouse://app:{clickhouse_password}@clickhouse:8123/app",
    ),
    (
        "clickhouse", "clickhouse-driver", "clickhouse_driver", "CLICKHOUSE_URL",
        "clickhouse://app:{clickhouse_password}@clickhouse:9000/app",
    ),
    ("neo4j", "neo4j", "neo4j", "NEO4J_URI", "bolt://neo4j:7687"),
    ("ollama", "ollama", "ollama", "OLLAMA_URL", "http://ollama:11434"),
    ("influxdb", "influxdb-client", "influxdb_client", "INFLUXDB_URL", "http://influxdb:8086"),
    ("cassandra", "cassandra-driver", "cassandra.cluster", "CASSANDRA_CONTACT_POINTS", "cassandra"),
    ("rethinkdb", "rethinkdb", "rethinkdb", "RETHINKDB_URL", "rethinkdb://rethinkdb:28015"),
    ("couchdb", "couchdb", "couchdb", "COUCHDB_URL", "http://app:{couchdb_password}@couchdb:5984"),
    ("meilisearch", "meilisearch", "meilisearch", "MEILI_URL", "http://meilisearch:7700"),
    (
        "schema-registry", "python-schema-registry-client", "schema_registry", "SCHEMA_REGISTRY_URL",
        "http://schema-registry:8081",
    ),
]  # fmt: skip


def test_every_service_has_its_row_here() -> None:
    assert {row[0] for row in URLS} | {"mailpit"} == set(SERVICES)


@pytest.mark.parametrize(("name", "requirements", "module", "variable", "value"), URLS)
def test_a_required_address_brings_the_service(
    tmp_path: Path, name: str, requirements: str, module: str, variable: str, value: str
) -> None:
    found = plan(tmp_path, requirements, f"import os\nimport {module}\nx = os.environ['{variable}']")
    assert found.compose is not None
    assert [s.name for s in found.compose.services] == [name]
    assert given(found)[variable] == value


@pytest.mark.parametrize(("name", "requirements", "module", "variable", "_value"), URLS)
def test_its_compose_file(
    tmp_path: Path, name: str, requirements: str, module: str, variable: str, _value: str
) -> None:
    found = plan(tmp_path, requirements, f"import os\nimport {module}\nx = os.environ['{variable}']")
    container = yaml.safe_load(render(found)["compose.yaml"])["services"][name]
    assert container["image"] == SERVICES[name]["image"]
    assert container["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert len(container["healthcheck"]["test"]) >= 2
    assert "networks" in container and "ports" not in container
    # Whatever the table has to fill in is filled in.
    assert not re.search(r"(?<!\$)\{(user|name|host|secret|password)\}", yaml.safe_dump(container))
    data = SERVICES[name].get("volume")
    assert not data or any(volume.endswith(f":{data}") for volume in container["volumes"])


@pytest.mark.parametrize("name", [n for n, row in SERVICES.items() if not row.get("asked")])
def test_a_library_alone_brings_none(tmp_path: Path, name: str) -> None:
    row = SERVICES[name]
    found = plan(tmp_path, row["libraries"][0], f"import {row['imports'][0]}")
    assert found.compose is not None and found.compose.services == ()


CONNECTIONS = [
    ("redis", "redis", "import redis\nr = redis.Redis(host='cache')"),
    ("redis", "valkey", "import valkey\nr = valkey.Valkey(host='cache')"),
    ("nats", "nats-py", "import nats\nasync def go():\n    return await nats.connect(ADDRESS)\ngo()"),
    ("mosquitto", "paho-mqtt", "import paho.mqtt.client as mqtt\nc = mqtt.Client()"),
    ("opensearch", "opensearch-py", "from opensearchpy import OpenSearch\nc = OpenSearch(hosts)"),
    ("qdrant", "qdrant-client", "from qdrant_client import QdrantClient\nc = QdrantClient(url=u)"),
    ("chroma", "chromadb", "import chromadb\nc = chromadb.HttpClient(host=h)"),
    ("weaviate", "weaviate-client", "import weaviate\nc = weaviate.connect_to_local()"),
    ("clickhouse", "clickhouse-connect", "import clickhouse_connect\nc = clickhouse_connect.get_client(host=h)"),
    ("neo4j", "neo4j", "from neo4j import GraphDatabase\nd = GraphDatabase.driver(u)"),
    ("influxdb", "influxdb-client", "from influxdb_client import InfluxDBClient\nc = InfluxDBClient(url=u)"),
    ("cassandra", "cassandra-driver", "from cassandra.cluster import Cluster\nc = Cluster(hosts)"),
    ("elasticsearch", "elasticsearch", "from elasticsearch import Elasticsearch\ne = Elasticsearch(u)"),
    ("mongodb", "motor", "from motor.motor_asyncio import AsyncIOMotorClient\nm = AsyncIOMotorClient(u)"),
    ("minio", "minio", "from minio import Minio\nm = Minio(u)"),
]


@pytest.mark.parametrize(("name", "requirements", "code"), CONNECTIONS)
def test_a_connection_that_the_code_makes_brings_the_service(
    tmp_path: Path, name: str, requirements: str, code: str
) -> None:
    found = plan(tmp_path, requirements, code)
    assert found.compose is not None and [s.name for s in found.compose.services] == [name]


@pytest.mark.parametrize(
    "code",
    [
        "class Store:\n    def __init__(self):\n        self.c = Elasticsearch(u)",
        "class Store:\n    def __init__(self):\n        self.c = Elasticsearch(u)\n"
        "def make(kind):\n    if kind == 'elastic':\n        return Store()\nmake(kind)",
        "if settings.search == 'elastic':\n    c = Elasticsearch(u)",
    ],
    ids=["never made", "made by choice", "connected by choice"],
)
def test_a_connection_that_is_one_of_several_brings_none(tmp_path: Path, code: str) -> None:
    found = plan(tmp_path, "elasticsearch", f"from elasticsearch import Elasticsearch\n{code}")
    assert found.compose is not None and found.compose.services == ()


@pytest.mark.parametrize(
    ("requirements", "code", "image"),
    [
        ("psycopg\npgvector", "import psycopg, pgvector", "pgvector/pgvector:pg17"),
        ("psycopg\ngeoalchemy2\nsqlalchemy", "import geoalchemy2", "postgis/postgis:17-3.5"),
        ("psycopg\nsqlalchemy-timescaledb\nsqlalchemy", "import sqlalchemy", "timescale/timescaledb:2.22.1-pg17"),
        ("psycopg", "import psycopg", "postgres:17"),
    ],
)
def test_variants_of_postgres(tmp_path: Path, requirements: str, code: str, image: str) -> None:
    found = plan(tmp_path, requirements, f"import os\n{code}\nx = os.environ['DATABASE_URL']")
    assert found.compose is not None and [s.image for s in found.compose.services] == [image]


@pytest.mark.parametrize(
    ("requirements", "module", "variable", "image"),
    [
        ("valkey", "valkey", "VALKEY_URL", "valkey/valkey:8-alpine"),
        ("valkey\nredis", "valkey, redis", "REDIS_URL", "redis:8-alpine"),
        ("influxdb", "influxdb", "INFLUXDB_URL", "influxdb:1.8-alpine"),
        ("influxdb-client", "influxdb_client", "INFLUXDB_URL", "influxdb:2"),
    ],
)
def test_the_image_that_the_client_wants(
    tmp_path: Path, requirements: str, module: str, variable: str, image: str
) -> None:
    found = plan(tmp_path, requirements, f"import os, {module}\nx = os.environ['{variable}']")
    assert found.compose is not None and [s.image for s in found.compose.services] == [image]


def test_postgis_of_the_projects_own_compose_file(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services:\n  db: {image: 'timescale/timescaledb:latest-pg16'}\n")
    found = plan(tmp_path, "psycopg", "import os, psycopg\nx = os.environ['DATABASE_URL']")
    assert found.compose is not None and found.compose.services[0].image.startswith("timescale/timescaledb:")


def test_influxdb_gets_one_secret_as_password_and_token(tmp_path: Path) -> None:
    code = "import os, influxdb_client\nfor n in ('URL', 'TOKEN', 'ORG', 'BUCKET'):\n    pass\n"
    code += "\n".join(f"{n} = os.environ['INFLUXDB_{n}']" for n in ("URL", "TOKEN", "ORG", "BUCKET"))
    found = plan(tmp_path, "influxdb-client", code)
    assert given(found)["INFLUXDB_TOKEN"] == "{influxdb_password}"
    assert given(found)["INFLUXDB_ORG"] == given(found)["INFLUXDB_BUCKET"] == "app"
    assert found.compose is not None
    environment = dict(found.compose.services[0].environment)
    assert environment["DOCKER_INFLUXDB_INIT_ADMIN_TOKEN_FILE"] == "/run/secrets/influxdb_password"
    assert environment["DOCKER_INFLUXDB_INIT_PASSWORD_FILE"] == "/run/secrets/influxdb_password"


def test_a_server_that_asks_nobody_takes_any_account(tmp_path: Path) -> None:
    code = (
        "import os, neo4j\nu, p = os.environ['NEO4J_USERNAME'], os.environ['NEO4J_PASSWORD']\nos.environ['NEO4J_URI']"
    )
    found = plan(tmp_path, "neo4j", code)
    assert given(found) == {"NEO4J_URI": "bolt://neo4j:7687", "NEO4J_USERNAME": "neo4j", "NEO4J_PASSWORD": "neo4j"}
    assert found.compose is not None and found.compose.unset == ()


def test_an_object_store_by_its_endpoint(tmp_path: Path) -> None:
    code = (
        "import os, boto3\nendpoint = os.environ['S3_ENDPOINT']\n"
        "s3 = boto3.client('s3', endpoint_url=endpoint, aws_access_key_id=os.environ['S3_ACCESS_KEY'],\n"
        "    aws_secret_access_key=os.environ['S3_SECRET_KEY'])"
    )
    found = plan(tmp_path, "boto3", code)
    assert given(found)["S3_SECRET_KEY"] == "{minio_password}"
    assert given(found)["S3_ACCESS_KEY"] == "app"
    assert given(found)["S3_ENDPOINT"] == "http://minio:9000"


def test_minios_own_client_wants_a_port_with_its_endpoint(tmp_path: Path) -> None:
    found = plan(tmp_path, "minio", "import os, minio\ne = os.environ['MINIO_ENDPOINT']")
    assert given(found) == {"MINIO_ENDPOINT": "minio:9000"}


def test_amazons_own_store_is_no_service(tmp_path: Path) -> None:
    found = plan(tmp_path, "boto3", "import os, boto3\nb = os.environ['S3_BUCKET']\ns3 = boto3.client('s3')")
    assert found.compose is not None and found.compose.services == ()


def test_a_catcher_of_mail_comes_when_asked_for(tmp_path: Path) -> None:
    code = "import os, smtplib\nh = os.environ['SMTP_HOST']\np = os.environ['SMTP_PORT']"
    without = plan(tmp_path, "", code)
    assert without.compose is not None
    assert without.compose.services == () and without.compose.unset == ("SMTP_HOST", "SMTP_PORT")
    found = plan(tmp_path, "", code, service=["mailpit"])
    assert found.compose is not None and found.compose.services[0].image.startswith("axllent/mailpit:")
    assert given(found) == {"SMTP_HOST": "mailpit", "SMTP_PORT": "1025"}


@pytest.mark.parametrize(
    ("file", "text", "services"),
    [
        ("configs/config.yaml", "db:\n  conn:\n    scheme: mysql+pymysql\n", ["mysql"]),
        ("alembic.ini", "[alembic]\nsqlalchemy.url = mysql+pymysql://root@localhost/x\n", ["mysql"]),
        ("config.toml", "url = 'mysql://db/x'\n", ["mysql"]),
        ("config.yaml", "# url: mysql://db/x\n", []),
        ("config.yaml", "url: postgresql://db/x\n", []),
        ("config.yaml", "docs: mysqlish://x\n", []),
        ("docs/config.yaml", "url: mysql://db/x\n", []),
    ],
)
def test_services_that_a_settings_file_names(tmp_path: Path, file: str, text: str, services: list[str]) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(text)
    found = plan(tmp_path, "pymysql\nsqlalchemy", "import yaml, pymysql")
    assert found.compose is not None and [s.name for s in found.compose.services] == services
