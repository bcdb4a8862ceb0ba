"""What uWSGI's configuration asks of the uWSGI that the image compiles: it takes in what it finds headers of."""

from __future__ import annotations

import re

from dockgen.errors import DockgenError
from dockgen.facts import Evidence, Fact
from dockgen.source import Source

OPTIONS = {
    # uwsgi-docs.readthedocs.io/en/latest/InternalRouting.html: regular expressions by PCRE
    re.compile(r"(final-|error-|response-)?route(-\w+)*"): ("libpcre2-dev", "routes need PCRE"),
    # uwsgi-docs.readthedocs.io/en/latest/HTTPS.html
    re.compile(r"(https2?|https-socket|ssl-\w+|http2)"): ("libssl-dev", "https needs OpenSSL"),
}
LIMIT = 256 * 1024
MOST = 20
"""Files."""


def uwsgi_needs(source: Source) -> tuple[Fact[str], ...]:
    """Debian's headers that options of the project's .ini files need, by name."""
    found: dict[str, Fact[str]] = {}
    paths = [p for p in source.ending(".ini") if p.count("/") < 4][:MOST]
    for path in paths:
        try:
            text = source.text(path, LIMIT) or ""
        except DockgenError:
            continue
        inside = False
        for number, line in enumerate(text.splitlines(), 1):
            section = re.match(r"\s*\[([^\]]*)\]", line)
            if section:
                inside = section[1].split(":")[0].strip() == "uwsgi"
            option = re.match(r"\s*([a-z0-9-]+)\s*=", line) if inside else None
            for pattern, (package, why) in OPTIONS.items() if option else ():
                if option is not None and pattern.fullmatch(option[1]):
                    found.setdefault(package, Fact(package, (Evidence(path, number, why),)))
    return tuple(found[name] for name in sorted(found))
