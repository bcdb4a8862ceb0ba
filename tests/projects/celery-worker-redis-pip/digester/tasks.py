from digester.celery import app
from digester.digests import KINDS, digest


@app.task(autoretry_for=(ConnectionError,), retry_backoff=True, max_retries=5)
def digest_text(text: str, kind: str = "sha256") -> str:
    return digest(text, kind)


@app.task
def digest_all(text: str) -> dict[str, str]:
    return {kind: digest(text, kind) for kind in KINDS}
