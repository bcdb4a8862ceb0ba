"""Which samtools this is, and how many reads a SAM file has."""

import subprocess

from fastapi import Body, FastAPI

app = FastAPI()


def samtools(*words: str, text: str = "") -> str:
    done = subprocess.run(["samtools", *words], input=text, capture_output=True, text=True, check=True)
    return done.stdout


@app.get("/healthz")
def healthz() -> str:
    return samtools("--version").splitlines()[0]


@app.post("/count")
def count(sam: str = Body(media_type="text/plain")) -> dict[str, int]:
    return {"reads": int(samtools("view", "--count", "-", text=sam))}
