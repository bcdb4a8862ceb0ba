JUMPS = [(1, 2), (2, 1), (2, -1), (1, -2), (-1, -2), (-2, -1), (-2, 1), (-1, 2)]


def _free(square, size, seen):
    x, y = square
    for dx, dy in JUMPS:
        to = (x + dx, y + dy)
        if 0 <= to[0] < size and 0 <= to[1] < size and to not in seen:
            yield to


def knights_tour(size, start=(0, 0)):
    """A list of squares, each a knight's jump from the one before; ValueError when there is none."""
    path, seen = [start], {start}

    def go():
        if len(path) == size * size:
            return True
        for to in sorted(_free(path[-1], size, seen), key=lambda s: len(list(_free(s, size, seen)))):
            path.append(to)
            seen.add(to)
            if go():
                return True
            seen.remove(path.pop())
        return False

    if not go():
        raise ValueError(f"no tour on a board of {size}")
    return path
