from fastapi import FastAPI, HTTPException, Response

from badges import codes, document, picture, register

VERSION = "badges 1"

app = FastAPI(title="Badge maker")


@app.get("/")
def report():
    """One real piece of work with each library."""
    image = picture.badge("Ada Lovelace")
    return {
        "version": VERSION,
        "guests": register.names(),
        "image": list(picture.size_of(image)),
        "edges": picture.edge_count(image),
        "signed": codes.read(codes.sign("Ada Lovelace")),
        "pdf": document.pdf("Ada Lovelace")[:5].decode("ascii"),
    }


@app.get("/badge/{name}.pdf")
def badge_pdf(name: str):
    if name not in register.names():
        raise HTTPException(404, "nobody of this name is expected")
    return Response(document.pdf(name), media_type="application/pdf")


@app.get("/health")
def health():
    return {"status": "ok"}
