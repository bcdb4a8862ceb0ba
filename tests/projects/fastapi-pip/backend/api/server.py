"""HTTP API of the weather stations."""

import logging
import os

from fastapi import FastAPI, Query
from fastapi.middleware.cors import CORSMiddleware

from backend.stations.catalogue import all_stations, nearest
from backend.stations.units import to_fahrenheit

logging.basicConfig(level=os.getenv("LOG_LEVEL", "INFO"))
log = logging.getLogger(__name__)

weather_api = FastAPI(title="Weather stations", docs_url="/api/docs")
weather_api.add_middleware(
    CORSMiddleware,
    allow_origins=os.getenv("CORS_ORIGINS", "http://localhost:3000").split(","),
    allow_methods=["GET"],
)


@weather_api.get("/api/stations")
def list_stations(unit: str = Query("C", pattern="^[CF]$")):
    stations = [s.as_dict() for s in all_stations()]
    if unit == "F":
        for station in stations:
            station["mean"] = to_fahrenheit(station["mean"])
    return stations


@weather_api.get("/api/nearest")
def nearest_station(lat: float, lon: float):
    station = nearest(lat, lon)
    log.info("nearest to %s,%s is %s", lat, lon, station.name)
    return station.as_dict()


@weather_api.get("/api/ping")
def ping():
    return {"pong": "stations are listening"}
