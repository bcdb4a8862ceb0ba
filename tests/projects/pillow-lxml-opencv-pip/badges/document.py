from html import escape

import weasyprint

PAGE = """<style>@page {{ size: 85mm 55mm; margin: 6mm }} h1 {{ font-size: 16pt }}</style>
<h1>{name}</h1><p>Visitor</p>"""


def pdf(name):
    return weasyprint.HTML(string=PAGE.format(name=escape(name))).write_pdf()
