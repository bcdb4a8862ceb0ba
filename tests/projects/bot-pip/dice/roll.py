import random
import re

FORM = re.compile(r"(\d{1,2})d(\d{1,3})([+-]\d{1,3})?")


class BadRoll(ValueError):
    pass


def roll(text: str, rng: random.Random | None = None) -> str:
    """Rolls dice given as in "3d6+2"."""
    match = FORM.fullmatch(text.strip().lower())
    if not match:
        raise BadRoll("I know rolls such as 2d6 or 1d20+3.")
    count, sides, plus = int(match[1]), int(match[2]), int(match[3] or 0)
    if not count or not sides:
        raise BadRoll("A die has a side, and there is at least one die.")
    thrown = [(rng or random).randint(1, sides) for _ in range(count)]
    return f"{text}: {' + '.join(map(str, thrown))} = {sum(thrown) + plus}"
