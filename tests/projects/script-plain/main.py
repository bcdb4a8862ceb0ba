"""Prints a knight's tour, found by Warnsdorff's rule."""

from board import draw
from tour import knights_tour


def main():
    size = 6
    path = knights_tour(size)
    print(f"A tour over {len(path)} squares:")
    print(draw(path, size))


if __name__ == "__main__":
    main()
