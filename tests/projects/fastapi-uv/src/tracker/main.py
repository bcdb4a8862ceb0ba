from fastapi import FastAPI

from tracker.api import router
from tracker.settings import get_settings
from tracker.store import Store

settings = get_settings()

app = FastAPI(title="Parcel tracker", debug=settings.debug)
app.state.store = Store(settings.max_parcels)
app.include_router(router)


@app.get("/")
def index() -> dict[str, str | int]:
    return {"message": "every parcel has a place", "depot": settings.depot, "parcels": len(app.state.store)}


@app.get("/healthz", include_in_schema=False)
def healthz() -> dict[str, str]:
    return {"status": "ok"}
