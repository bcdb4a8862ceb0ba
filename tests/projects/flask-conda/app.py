"""Heights above the sea, read from a terrain model by GDAL (which has no wheel on an index)."""

from flask import Flask, jsonify
from osgeo import gdal

gdal.UseExceptions()
app = Flask(__name__)
HEADLINE = "above the sea"


def model():
    """Four by four pixels in memory, each ten metres higher than the one before."""
    dataset = gdal.GetDriverByName("MEM").Create("", 4, 4, 1, gdal.GDT_Int16)
    for row in range(4):
        dataset.GetRasterBand(1).WriteRaster(
            0, row, 4, 1, b"".join((10 * (4 * row + column)).to_bytes(2, "little") for column in range(4))
        )
    return dataset


@app.get("/healthz")
def healthz():
    return "ok"


@app.get("/<int:row>/<int:column>")
def height(row, column):
    pixel = model().GetRasterBand(1).ReadRaster(column % 4, row % 4, 1, 1)
    return jsonify(metres=int.from_bytes(pixel, "little"), where=HEADLINE)
