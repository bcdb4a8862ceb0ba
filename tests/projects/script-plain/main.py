"""Prints a greeting and the sum of the first numbers."""


def main() -> None:
    print("Welcome to the script:", sum(range(10)))


if __name__ == "__main__":
    main()
