import hashlib

KINDS = ("sha256", "blake2b", "sha3_256")
LABEL = "digest"


def digest(text: str, kind: str = "sha256") -> str:
    if kind not in KINDS:
        raise ValueError(f"{kind} is none of {', '.join(KINDS)}")
    value = hashlib.new(kind, text.encode("utf-8"), usedforsecurity=False).hexdigest()
    return f"{LABEL}:{kind}:{value}"
