"""Writes a report beside itself and says so."""

import six

with open("report.txt", "w") as file:
    file.write(six.ensure_str("numbers\n"))
print("Welcome to the report")
