from fastapi import APIRouter, HTTPException, Request

from tracker.store import Parcel, Store

router = APIRouter(prefix="/parcels", tags=["parcels"])


def _store(request: Request) -> Store:
    return request.app.state.store


@router.put("/{code}", status_code=201)
def put_parcel(code: str, parcel: Parcel, request: Request) -> Parcel:
    if parcel.code != code:
        raise HTTPException(422, "the code in the path and in the body differ")
    _store(request).put(parcel)
    return parcel


@router.get("/{code}")
def get_parcel(code: str, request: Request) -> Parcel:
    parcel = _store(request).get(code)
    if parcel is None:
        raise HTTPException(404, "no such parcel")
    return parcel
