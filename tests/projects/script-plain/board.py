def draw(path, size):
    """The board with the number of the move on each square."""
    numbers = {square: number for number, square in enumerate(path, 1)}
    width = len(str(size * size))
    return "\n".join(" ".join(str(numbers[x, y]).rjust(width) for x in range(size)) for y in range(size))
