import os
from decimal import Decimal, InvalidOperation

from flask import Flask, jsonify, request

from rates.table import EURO, UnknownCurrency, convert

NOTICE = "for information only"

application = Flask(__name__)
application.json.sort_keys = True
application.config["SOURCE"] = os.environ.get("RATES_SOURCE", "built in")


@application.get("/")
def index():
    return jsonify(currencies=sorted(EURO), notice=NOTICE, source=application.config["SOURCE"])


@application.get("/convert")
def convert_amount():
    try:
        amount = Decimal(request.args["amount"])
        result = convert(amount, request.args["from"].upper(), request.args["to"].upper())
    except UnknownCurrency as error:
        return jsonify(error=f"no rate for {error.args[0]}"), 404
    except (InvalidOperation, KeyError):
        return jsonify(error="give amount, from and to"), 400
    return jsonify(result=str(result))


@application.get("/healthcheck")
def healthcheck():
    return jsonify(status="ok")
