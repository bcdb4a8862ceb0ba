from fastapi import FastAPI, Request

app = FastAPI()


@app.get("/health")
def health():
    return "ok"


@app.get("/where")
def where(request: Request):
    return {"url": str(request.url)}
