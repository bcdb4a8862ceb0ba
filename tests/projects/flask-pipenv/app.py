import os

from flask import Flask, jsonify, render_template, request

from tides.model import height, next_high_water
from tides.text import clock

app = Flask(__name__)
app.config["HARBOUR"] = os.environ.get("HARBOUR", "Cuxhaven")


@app.route("/")
def index():
    lang = request.accept_languages.best_match(["en", "de", "nl"], default="en")
    high = next_high_water()
    return render_template("index.html", harbour=app.config["HARBOUR"], high=clock(high, lang))


@app.route("/height")
def now():
    return jsonify(height=round(height(), 2), unit="metres above chart datum")


@app.route("/status")
def status():
    return "the tide waits for no one\n", 200, {"Content-Type": "text/plain"}


if __name__ == "__main__":
    app.run(debug=True)
