import io

import cv2
import numpy as np
from PIL import Image, ImageDraw

SIZE = (340, 220)


def badge(name):
    """A PNG with a frame and the name."""
    image = Image.new("RGB", SIZE, "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((8, 8, SIZE[0] - 8, SIZE[1] - 8), outline="navy", width=4)
    draw.text((30, 90), name, fill="black")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def size_of(png):
    return Image.open(io.BytesIO(png)).size


def edge_count(png):
    """The number of edge pixels that OpenCV sees."""
    grey = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
    return int((cv2.Canny(grey, 50, 150) > 0).sum())
